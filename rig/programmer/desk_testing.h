// For the tests of the physician's session: a desk on a pump that misbehaves on demand.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>

#include "rig/clients/testing/client_fixture.h"
#include "rig/programmer/desk.h"

namespace pumprig::programmer {

class DeskTest : public clients::testing::ClientTest {
 protected:
  DeskTest() {
    pump.status.reservoir_nl = 10'000'000;
    words.drug = "morphine sulfate";
    words.concentration = "20 mg/mL";
    words.dose = "5 mg/day";
  }

  clients::PumpSession& opened() {
    open();
    return session;
  }
  static Consent given(unsigned count) {
    Consent out;
    out.given = count;
    out.how = "give --confirm ";
    return out;
  }
  std::size_t noted(Noted what) const {
    return static_cast<std::size_t>(
        std::count_if(journal.entries().begin(), journal.entries().end(), [&](const auto& entry) { return entry.noted == what; }));
  }

  std::int64_t utc = 1'772'438'400'000'000'000;
  Journal journal{[this] { return utc; }};
  Desk desk{opened(), journal};
  PrescribeWords words;
};

}  // namespace pumprig::programmer
