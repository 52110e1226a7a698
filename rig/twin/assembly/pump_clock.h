// The pump's clock beside the rig's: ticks of 1/32768 s that run a little fast or slow, from an offset of their own.
#pragma once

#include <cstdint>

#include "firmware/hal/hal.h"
#include "rig/base/time.h"

namespace pumprig::twin {

class PumpClock {
 public:
  // `ahead`: what the clock shows at the rig's instant 0. `rate_error_ppb`: how much faster it runs, in 1e-9.
  PumpClock(Duration ahead, std::int64_t rate_error_ppb);

  // From `at` on it runs faster by so much, besides its own error.
  void set_fault(TimePoint at, double faster);

  // Ticks that are over at `t`.
  pumpfw::hal::Tick tick_at(TimePoint t) const;
  // First instant of the rig at which `tick` is over; kNever beyond the range of a TimePoint.
  TimePoint instant_of(pumpfw::hal::Tick tick) const;

 private:
  std::int64_t shown_ns(TimePoint t) const;

  std::int64_t ahead_ns_;  // shown at since_ns_
  std::int64_t rate_error_ppb_;
  std::int64_t own_error_ppb_;
  std::int64_t since_ns_ = 0;
};

}  // namespace pumprig::twin
