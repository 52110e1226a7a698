// Holds the processor's clock, by which the pump counts and gives, against the real-time clock while therapy runs: one of them alone gives
// too much when it is wrong, and no limiter that goes by the same clock sees it (REQ-705).
#pragma once

#include <cstdint>

#include "firmware/pump/base/units.h"

namespace pumpfw {

class ClockGuard {
 public:
  void begin(Tick now, std::uint64_t rtc) {
    now_ = now;
    rtc_ = rtc;
    apart_ = 0;
  }
  // About once a minute. False: they have come apart by more than kMost, in minute after minute by more than one in kShare. A clock that is
  // set or jumps does so once, and crystals differ by less. At the highest rate 1 s is 0.28 µL.
  bool agree(Tick now, std::uint64_t rtc) {
    const auto gone = static_cast<std::int64_t>(now - now_);
    const std::int64_t off = static_cast<std::int64_t>(rtc - rtc_) - gone;
    now_ = now;
    rtc_ = rtc;
    const bool counts = (off < 0 ? -off : off) * kShare > gone;
    const bool goes_on = counts && apart_ != 0 && (apart_ < 0) == (off < 0);
    apart_ = counts ? off + (goes_on ? apart_ : 0) : 0;
    return !goes_on || (apart_ < 0 ? -apart_ : apart_) <= kMost;
  }

 private:
  static constexpr std::int64_t kShare = 1'000;
  static constexpr std::int64_t kMost = static_cast<std::int64_t>(kSecond);

  Tick now_ = 0;
  std::uint64_t rtc_ = 0;
  std::int64_t apart_ = 0;  // in ticks, over the minutes of late in which they went apart; positive: the real-time clock is ahead
};

}  // namespace pumpfw
