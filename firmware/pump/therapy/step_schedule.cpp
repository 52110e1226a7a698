#include "firmware/pump/therapy/step_schedule.h"

namespace pumpfw {

void StepSchedule::set_basal(Tick now, std::uint32_t rate_nl_per_day) {
  if (rate_nl_per_day == rate_) return;
  const bool was_running = basal_running_;
  if (was_running) pause_basal(now);
  rate_ = rate_nl_per_day;
  if (was_running) resume_basal(now);
}

void StepSchedule::resume_basal(Tick now) {
  if (basal_running_ || rate_ == 0) return;
  // The phase is volume, so it holds for any rate: ticks/denominator times 2·rate is a constant for one step.
  basal_.start(now, kBasalNumerator, denominator(), left_);
  basal_running_ = true;
}

void StepSchedule::pause_basal(Tick now) {
  if (!basal_running_) return;
  left_ = basal_.left(now);
  basal_running_ = false;
}

void StepSchedule::start_bolus(Tick now, std::uint32_t steps, Tick duration) {
  bolus_.start(now, duration, steps, duration);
  bolus_left_ = steps;
}

void StepSchedule::start_timed(Tick now, std::uint32_t steps, Tick duration) {
  timed_.start(now, duration, steps, duration);
  timed_left_ = steps;
}

StepSchedule::Next StepSchedule::next(Tick now) {
  Next next;
  if (basal_running_) {
    if (basal_.due() < now) dropped_ += basal_.drop_backlog(now);
    next = {StepOrigin::kBasal, basal_.due()};
  }
  if (bolus_left_ != 0 && bolus_.due() < next.at) next = {StepOrigin::kBolus, bolus_.due()};
  if (timed_left_ != 0 && timed_.due() < next.at) next = {StepOrigin::kTimed, timed_.due()};
  if (next.origin != StepOrigin::kNone) next.at = earliest(next.at);
  return next;
}

std::uint64_t StepSchedule::steps_in(std::uint32_t rate_nl_per_day, Tick span) {
  return span / kBasalNumerator * (2 * std::uint64_t{rate_nl_per_day}) +
         span % kBasalNumerator * (2 * std::uint64_t{rate_nl_per_day}) / kBasalNumerator;
}

}  // namespace pumpfw
