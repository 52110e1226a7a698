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
  if (!running) prime_ = bolus_ = timed_ = 0;  // a stop ends what was granted, and for good
}

void VolumeLimiter::prime(Tick now, std::uint32_t steps) {
  settle(now);
  const std::uint32_t path = steps_from_nl(copy_.pump_tube_nl + copy_.catheter_nl);
  const std::uint32_t most = asked_ < path ? asked_ : path;
  prime_ = steps < most ? steps : most;
  asked_ = 0;
}

void VolumeLimiter::bridge(Tick now, std::uint32_t steps) {
  settle(now);
  const std::uint32_t most = steps_from_nl(copy_.bridge_volume_nl);
  bridge_ = steps < most ? steps : most;
}

void VolumeLimiter::grant(Tick now, std::uint32_t steps) {
  settle(now);
  const std::uint32_t dose = copy_.patient_bolus_enabled ? steps_from_nl(copy_.bolus_dose_nl) : 0;
  bolus_ = steps < dose || mutation_.is(Mutant::kBolusDoseUnlimited) ? steps : dose;
  bolus_ready_ = static_cast<std::int64_t>(now);
  const auto begun = [&](std::uint32_t age) { return begun_[(begun_next_ + 2U * kBegun - 1 - age) % kBegun]; };
  const auto not_before = [&](std::int64_t instant) { bolus_ready_ = instant > bolus_ready_ ? instant : bolus_ready_; };
  if (begun_count_ != 0) not_before(begun(0) + static_cast<std::int64_t>(copy_.bolus_lockout_s * kSecond));
  const std::uint32_t most = copy_.bolus_max_per_24h;
  if (most != 0 && most <= begun_count_) not_before(begun(most - 1) + static_cast<std::int64_t>(kDay));
  remember_bolus(static_cast<std::int64_t>(now));
}

void VolumeLimiter::grant_single(Tick now, std::uint32_t steps) {
  settle(now);
  bolus_ = steps < asked_ ? steps : asked_;
  bolus_ready_ = static_cast<std::int64_t>(now);
  asked_ = 0;
  remember_bolus(static_cast<std::int64_t>(now));
}

void VolumeLimiter::remember_bolus(std::int64_t begun) {
  begun_[begun_next_] = begun;
  begun_next_ = static_cast<std::uint8_t>((begun_next_ + 1) % kBegun);
  if (begun_count_ < kBegun) ++begun_count_;
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
  if (bolus_ != 0 && static_cast<std::int64_t>(at) >= bolus_ready_) {
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
  return within();
}

std::uint32_t VolumeLimiter::room_for_attempts(Tick now) {
  settle(now);
  const std::uint64_t used = excess_ / kStep + 1;
  return used < kExcessSteps / 2 ? static_cast<std::uint32_t>(kExcessSteps / 2 - used) : 1;
}

bool VolumeLimiter::accept_attempt(Tick at) {
  settle(at);
  excess_ += kStep;
  return within();
}

}  // namespace pumpfw
