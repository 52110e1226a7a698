// The witness's clock on the rig's time line, with bounds: from exchanges whose request and reply instants are known.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "rig/clients/clock_estimate.h"

namespace pumprig::instruments::witness {

// An instant that was stamped by the witness: the truth lies within at ± bound as long as its clock keeps a rate.
struct Stamped {
  TimePoint at{};
  Duration bound{0};
};

// Every exchange bounds the instant of the device's stamp, the slow ones badly: not before the request had left, not after the reply came.
// Nothing is guessed between, so an exchange that was held up (behind a frame of edges, by a busy machine) widens the bound and moves
// nothing.
class ClockMap {
 public:
  explicit ClockMap(std::uint32_t hz = 1'000'000) : estimate_(hz, kKept) {}
  bool known() const { return estimate_.observations() > 0; }
  // The stamp `ticks` was made between these two.
  void add(std::uint64_t ticks, TimePoint earliest, TimePoint latest) { estimate_.add(ticks, earliest, latest); }
  // How often the clock did not go on as it had.
  std::size_t breaks() const { return estimate_.jumps() + estimate_.drifts(); }
  // Only when known(). In whole microseconds, so that bounds of samples repeat and pack well.
  Stamped to_rig(std::uint64_t ticks) const {
    const auto seconds = *estimate_.rig_seconds(ticks);
    const auto us = static_cast<std::int64_t>(std::min(std::ceil(seconds.bound * 1e6), 1e12)) + 1;
    return {kRunStart + Duration(std::llround(seconds.value * 1e9)), std::chrono::microseconds(us)};
  }

 private:
  static constexpr std::size_t kKept = 24;
  clients::ClockEstimate estimate_;
};

}  // namespace pumprig::instruments::witness
