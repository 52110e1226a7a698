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

  // Ticks that are over at `t`.
  pumpfw::hal::Tick tick_at(TimePoint t) const;
  // First instant of the rig at which `tick` is over; kNever beyond the range of a TimePoint.
  TimePoint instant_of(pumpfw::hal::Tick tick) const;
  // Another rate, or a jump of what it shows, from `t` on. A jump back is cut off so that a tick never comes twice.
  void change(TimePoint t, std::int64_t rate_error_ppb, Duration jump);

  std::int64_t rate_error_ppb() const { return rate_error_ppb_; }

 private:
  std::int64_t shown_ns(TimePoint t) const;

  TimePoint since_{};       // of the present rate
  std::int64_t base_ns_;    // what it showed then
  std::int64_t rate_error_ppb_;
};

}  // namespace pumprig::twin
