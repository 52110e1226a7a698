// Independent of the therapy code: sees only when pulses went out, and says when they come faster than 25 a second (REQ-107).
// Judged over two intervals, so that a runaway at any speed is seen within 80 ms.
#pragma once

#include <cstdint>

#include "firmware/hal/hal.h"

namespace pumpfw {

class SpeedLimiter {
 public:
  // False when the pulse at `at` breaks the limit.
  bool accept(hal::Tick at) {
    const bool too_fast = seen_ >= 2 && at - before_last_ < kTwoIntervals;
    before_last_ = last_;
    last_ = at;
    if (seen_ < 2) ++seen_;
    return !too_fast;
  }
  void restart() { seen_ = 0; }

 private:
  static constexpr hal::Tick kTwoIntervals = 2 * hal::kTicksPerSecond / 25;  // rounded down: exactly 25 a second passes

  hal::Tick last_ = 0;
  hal::Tick before_last_ = 0;
  std::uint8_t seen_ = 0;
};

}  // namespace pumpfw
