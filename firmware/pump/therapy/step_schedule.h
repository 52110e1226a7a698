// The base, a bolus on demand and a timed bolus merged into the one STEP output. Each train keeps its own exact grid, so a bolus adds to
// the base without altering it; where two steps fall together the later one waits kMinSpacing.
#pragma once

#include <cstdint>

#include "firmware/pump/base/units.h"
#include "firmware/pump/therapy/step_train.h"

namespace pumpfw {

// Ticks a day times 12.5 nL, doubled: basal interval = kBasalNumerator / (2·rate in nL/day) ticks.
inline constexpr std::uint64_t kBasalNumerator = kDay * kHalfNanolitresPerStep;

// Least distance of two pulses: the first whole tick above 1/25 s, so that the merged train never passes 25 steps/s.
inline constexpr Tick kMinSpacing = kSecond / 25 + 1;

enum class StepOrigin : std::uint8_t { kNone = 0, kBasal, kBolus, kTimed };

class StepSchedule {
 public:
  struct Next {
    StepOrigin origin = StepOrigin::kNone;
    Tick at = kNever;
  };

  // Basal rate in nL/day, 0 for none. While basal runs, the part of a step already passed at the old rate is carried over.
  void set_basal(Tick now, std::uint32_t rate_nl_per_day);
  // Begins (or goes on with) basal at `now`, with the part of a step that was left when it was paused.
  void resume_basal(Tick now);
  // Ends the running basal interval; nothing is accumulated until resume_basal().
  void pause_basal(Tick now);
  bool basal_running() const { return basal_running_; }
  std::uint32_t basal_rate() const { return rate_; }

  // Gives that rate, if any.
  bool gives(Tick now, std::uint32_t rate_nl_per_day) const {
    return !basal_running_ || (rate_ == rate_nl_per_day && basal_.intact(now, kBasalNumerator, denominator()));
  }

  // `steps` evenly over `duration` ticks from `now` on, the last one at its end. steps > 0, duration >= steps.
  void start_bolus(Tick now, std::uint32_t steps, Tick duration);
  void cancel_bolus() { bolus_left_ = 0; }
  std::uint32_t bolus_left() const { return bolus_left_; }

  // The same for a timed bolus, which may run beside one on demand.
  void start_timed(Tick now, std::uint32_t steps, Tick duration);
  void cancel_timed() { timed_left_ = 0; }
  std::uint32_t timed_left() const { return timed_left_; }

  // The next pulse to arm. `late` backlog of whole intervals is dropped, counted in dropped_steps().
  Next next(Tick now);
  // A pulse of `origin` went out at `at`; of none: one beside the schedule, that only keeps its distance.
  void taken(StepOrigin origin, Tick at) {
    last_step_ = at;
    if (origin == StepOrigin::kBasal) {
      basal_.advance();
    } else if (origin == StepOrigin::kBolus) {
      bolus_.advance();
      --bolus_left_;
    } else if (origin == StepOrigin::kTimed) {
      timed_.advance();
      --timed_left_;
    }
  }
  // Not too near to the last pulse, whatever sent it.
  Tick earliest(Tick now) const { return last_step_ != 0 && now < last_step_ + kMinSpacing ? last_step_ + kMinSpacing : now; }
  std::uint64_t dropped_steps() const { return dropped_; }

  // Steps that `rate_nl_per_day` makes in `span` ticks, rounded down: what a pause of that length discards.
  static std::uint64_t steps_in(std::uint32_t rate_nl_per_day, Tick span);

 private:
  std::uint32_t denominator() const { return 2 * rate_; }

  StepTrain basal_;
  StepTrain bolus_;
  StepTrain timed_;
  std::uint32_t rate_ = 0;
  std::uint32_t bolus_left_ = 0;
  std::uint32_t timed_left_ = 0;
  bool basal_running_ = false;
  std::uint64_t left_ = kBasalNumerator;  // of a basal interval, while paused
  std::uint64_t dropped_ = 0;
  Tick last_step_ = 0;
};

}  // namespace pumpfw
