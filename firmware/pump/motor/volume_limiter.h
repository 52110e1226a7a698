// Independent of the schedule: knows the prescription from its own copy of the program, counts pulses, and says when more than 10 µL
// above it have gone out (REQ-705). What was not delivered is not saved up: a pause gives no right to more later.
#pragma once

#include <cstdint>

#include "firmware/pump/base/units.h"

namespace pumpfw {

class VolumeLimiter {
 public:
  static constexpr std::uint64_t kExcessSteps = 10'000 * 2 / kHalfNanolitresPerStep;  // 10 µL

  // The prescribed basal rate; `running` false while therapy must not run.
  void prescribe(Tick now, std::uint32_t rate_nl_per_day, bool running) {
    settle(now);
    rate_ = running ? 2 * std::uint64_t{rate_nl_per_day} : 0;
  }
  // A bolus of `steps` has been granted; unused ones are taken back when it ends.
  void grant(std::uint32_t steps) { bolus_ = steps; }
  void end_bolus() { bolus_ = 0; }

  // False when the pulse at `at` makes more than the permitted excess.
  bool accept(Tick at) {
    settle(at);
    if (bolus_ != 0 && excess_ > kStep) {
      --bolus_;  // a step ahead of the basal prescription is paid by the granted bolus
    } else {
      excess_ += kStep;
    }
    return excess_ <= kExcessSteps * kStep;
  }

 private:
  static constexpr std::uint64_t kStep = kDay * kHalfNanolitresPerStep;  // one step in half nanolitres · ticks a day

  void settle(Tick now) {
    const std::uint64_t prescribed = (now - at_) * rate_;
    excess_ = prescribed < excess_ ? excess_ - prescribed : 0;
    at_ = now;
  }

  Tick at_ = 0;
  std::uint64_t rate_ = 0;
  std::uint64_t excess_ = 0;
  std::uint32_t bolus_ = 0;
};

}  // namespace pumpfw
