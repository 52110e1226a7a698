// Plays a history on a pump on the fake board, tells an oracle what crossed the pump's border, and says what the oracle found.
#pragma once

#include <string>

#include "firmware/pump/campaign/action.h"
#include "firmware/pump/mutant.h"

namespace pumpfw::campaign {

struct Played {
  std::string finding;  // empty: every requirement held
  std::uint64_t steps = 0;
  std::uint64_t requests = 0;
  std::uint64_t granted = 0;
  std::uint64_t resets = 0;
};
Played play(const History& history, Mutant mutant = Mutant::kNone);

// The shortest history with the smallest numbers that still fails, by playing it again and again. `plays`: at most so many times.
History shrink(History history, Mutant mutant = Mutant::kNone, int plays = 3000);

}  // namespace pumpfw::campaign
