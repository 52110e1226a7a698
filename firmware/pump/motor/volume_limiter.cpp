#include "firmware/pump/motor/volume_limiter.h"

namespace pumpfw {
namespace {

using protocol::BasalMode;

constexpr std::int64_t kWeekTicks = static_cast<std::int64_t>(7 * kDay);
constexpr std::int64_t kMondayTicks = static_cast<std::int64_t>(4 * kDay);  // 1970-01-05
constexpr std::uint64_t kMinimumRateHalfNl = 2 * 6'000;
constexpr Tick kGridTolerance = kSecond;

}  // namespace

void VolumeLimiter::load(Tick now, const protocol::Program& copy) {
  settle(now);
  copy_ = copy;
  timed_ = 0;
  timed_ready_ = 0;
}

void VolumeLimiter::set_calendar(Tick now, std::int64_t offset_ticks) {
  settle(now);
  calendar_ = offset_ticks;
}

void VolumeLimiter::run(Tick now, bool running) {
  settle(now);
  running_ = running;
}

void VolumeLimiter::prime(Tick now, std::uint32_t steps) {
  settle(now);
  const std::uint32_t most = steps_from_nl(copy_.pump_tube_nl + copy_.catheter_nl);
  prime_ = steps < most ? steps : most;
}

void VolumeLimiter::bridge(Tick now, std::uint32_t steps) {
  settle(now);
  const std::uint32_t most = steps_from_nl(copy_.bridge_volume_nl);
  bridge_ = steps < most ? steps : most;
}

std::uint64_t VolumeLimiter::rate_at(std::int64_t local_ticks, std::uint64_t& holds) const {
  holds = ~std::uint64_t{0};
  if (bridge_ != 0) return 2 * std::uint64_t{copy_.bridge_rate_nl_per_day};
  if (copy_.mode == BasalMode::kMinimumRate) return kMinimumRateHalfNl;
  if (copy_.mode != BasalMode::kDaySchedule) return 2 * std::uint64_t{copy_.basal_rate_nl_per_day};
  // The week as one ring of edges, Monday 00:00 at 0: the latest edge at or before now rules, the next one ends it.
  const std::int64_t in_week = ((local_ticks - kMondayTicks) % kWeekTicks + kWeekTicks) % kWeekTicks;
  std::int64_t latest = -1;
  std::int64_t next = kWeekTicks;
  std::uint64_t rate = 0;
  for (const protocol::Segment& segment : copy_.segments.view()) {
    for (std::uint32_t weekday = 0; weekday < 7; ++weekday) {
      if ((segment.weekdays & 1U << weekday) == 0) continue;
      const auto edge = static_cast<std::int64_t>(weekday * kDay + segment.start_min * kMinute);
      if (edge > in_week) {
        if (edge < next) next = edge;
      } else if (edge > latest) {
        latest = edge;
        rate = 2 * std::uint64_t{segment.rate_nl_per_day};
      }
    }
  }
  holds = static_cast<std::uint64_t>(next - in_week);
  return rate;
}

void VolumeLimiter::settle(Tick now) {
  while (at_ < now) {
    std::uint64_t holds = 0;
    std::uint64_t rate = rate_at(static_cast<std::int64_t>(at_) + calendar_, holds);
    if (mutation_.is(Mutant::kRateHigh)) rate += rate / 5;
    const Tick span = now - at_ < holds ? now - at_ : holds;
    const bool base_flows = running_ && prime_ == 0;
    const std::uint64_t prescribed = base_flows ? span * rate : 0;
    excess_ = prescribed < excess_ ? excess_ - prescribed : 0;
    at_ += span;
    if (excess_ == 0 || !base_flows) break;  // nothing is saved up, so the rest of the span changes nothing
  }
  at_ = now;
}

// A step ahead of the base is paid by what has been granted beside it.
bool VolumeLimiter::paid(Tick at) {
  if (prime_ != 0) {
    --prime_;
    return true;
  }
  if (excess_ <= kStep) return false;
  if (bolus_ != 0) {
    --bolus_;
    return true;
  }
  if (copy_.mode != BasalMode::kPeriodic) return false;
  if (timed_ == 0 && at >= timed_ready_) {
    timed_ = steps_from_nl(copy_.periodic_dose_nl);
    timed_ready_ = at + copy_.periodic_interval_s * kSecond - kGridTolerance;
  }
  if (timed_ == 0) return false;
  --timed_;
  return true;
}

bool VolumeLimiter::accept(Tick at) {
  settle(at);
  if (!paid(at)) excess_ += kStep;
  if (bridge_ != 0) --bridge_;
  return excess_ <= kExcessSteps * kStep;
}

}  // namespace pumpfw
