#include "firmware/pump/motor/volume_limiter.h"

namespace pumpfw {
namespace {

using protocol::BasalMode;

constexpr std::int64_t kWeekTicks = static_cast<std::int64_t>(7 * kDay);
constexpr std::int64_t kMondayTicks = static_cast<std::int64_t>(4 * kDay);  // 1970-01-05
constexpr std::uint64_t kMinimumRateHalfNl = 12'000;
constexpr Tick kGridTolerance = kSecond;

}  // namespace

void VolumeLimiter::load(Tick now, const protocol::Program& copy) {
  known_.change([&](Known& k) {
    settle(k, now);
    k.timed = 0;
    k.timed_ready = 0;
  });
  copy_ = copy;
}

void VolumeLimiter::mend(Tick now) {
  known_.reset({.calendar = known_.get().calendar, .at = now});
  if (!begun_.intact()) begun_.reset({});
}

void VolumeLimiter::set_calendar(Tick now, std::int64_t offset_ticks) {
  known_.change([&](Known& k) {
    settle(k, now);
    k.calendar = offset_ticks;
  });
}

void VolumeLimiter::run(Tick now, bool running) {
  known_.change([&](Known& k) {
    settle(k, now);
    k.running = running;
    if (running) return;
    give_back_timed(k);
    k.prime = k.bolus = 0;  // a stop ends what was granted, and for good
    k.bolus_since = 0;
  });
}

// The next one may begin the earlier, the more of this one was left: where attempts or a reset had put steps above the base, it was begun
// before its time.
void VolumeLimiter::give_back_timed(Known& k) const {
  const std::uint32_t dose = steps_from_nl(copy_.periodic_dose_nl);
  if (k.timed != 0 && dose != 0) {  // of a damaged copy it may be 0
    const Tick back = (copy_.periodic_interval_s * kSecond - kGridTolerance) * k.timed / dose;
    k.timed_ready = back < k.timed_ready ? k.timed_ready - back : 0;
  }
  k.timed = 0;
}

void VolumeLimiter::ask(std::uint32_t nl) {
  known_.change([&](Known& k) { k.asked = steps_from_nl(nl); });
}

void VolumeLimiter::prime(Tick now, std::uint32_t steps) {
  const std::uint32_t path = steps_from_nl(copy_.pump_tube_nl + copy_.catheter_nl);
  known_.change([&](Known& k) {
    settle(k, now);
    const std::uint32_t most = k.asked < path ? k.asked : path;
    k.prime = steps < most ? steps : most;
    k.asked = 0;
  });
}

void VolumeLimiter::bridge(Tick now, std::uint32_t steps) {
  const std::uint32_t most = steps_from_nl(copy_.bridge_volume_nl);
  known_.change([&](Known& k) {
    settle(k, now);
    k.bridge = steps < most ? steps : most;
  });
}

void VolumeLimiter::grant(Tick now, std::uint32_t steps) {
  const Begun& begun = begun_.get();
  const auto instant = static_cast<std::int64_t>(now);
  const auto at_age = [&](std::uint32_t age) { return begun.at[(begun.next + 2U * kBegun - 1 - age) % kBegun]; };
  std::int64_t ready = instant;
  const auto not_before = [&](std::int64_t when) { ready = when > ready ? when : ready; };
  if (begun.count != 0) not_before(at_age(0) + static_cast<std::int64_t>(copy_.bolus_lockout_s * kSecond));
  const std::uint32_t most = copy_.bolus_max_per_24h;
  if (most != 0 && most <= begun.count) not_before(at_age(most - 1) + static_cast<std::int64_t>(kDay));
  const std::uint32_t dose = copy_.patient_bolus_enabled ? steps_from_nl(copy_.bolus_dose_nl) : 0;
  known_.change([&](Known& k) {
    settle(k, now);
    k.bolus = steps < dose || mutation_.is(Mutant::kBolusDoseUnlimited) ? steps : dose;
    k.bolus_ready = ready;
    k.bolus_since = now;
  });
  remember_bolus(instant);
}

void VolumeLimiter::grant_single(Tick now, std::uint32_t steps) {
  known_.change([&](Known& k) {
    settle(k, now);
    k.bolus = steps < k.asked ? steps : k.asked;
    k.bolus_ready = static_cast<std::int64_t>(now);
    k.bolus_since = now;
    k.asked = 0;
  });
  remember_bolus(static_cast<std::int64_t>(now));
}

void VolumeLimiter::end_bolus() {
  known_.change([](Known& k) {
    k.bolus = 0;
    k.bolus_since = 0;
  });
}

void VolumeLimiter::forget_boluses() {
  begun_.change([](Begun& begun) { begun.count = 0; });
}

void VolumeLimiter::remember_bolus(std::int64_t instant) {
  begun_.change([&](Begun& begun) {
    begun.at[begun.next] = instant;
    begun.next = static_cast<std::uint8_t>((begun.next + 1) % kBegun);
    if (begun.count < kBegun) ++begun.count;
  });
}

std::uint64_t VolumeLimiter::rate_at(const Known& k, std::int64_t local_ticks, std::uint64_t& holds) const {
  holds = ~std::uint64_t{0};
  if (k.bridge != 0) return 2 * std::uint64_t{copy_.bridge_rate_nl_per_day};
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

void VolumeLimiter::settle(Known& k, Tick now) const {
  while (k.at < now) {
    std::uint64_t holds = 0;
    std::uint64_t rate = rate_at(k, static_cast<std::int64_t>(k.at) + k.calendar, holds);
    if (mutation_.is(Mutant::kRateHigh)) rate += rate / 5;
    const Tick span = now - k.at < holds ? now - k.at : holds;
    const bool base_flows = k.running && k.prime == 0;
    const std::uint64_t prescribed = base_flows ? span * rate : 0;
    k.excess = prescribed < k.excess ? k.excess - prescribed : 0;
    k.at += span;
    if (k.excess == 0 || !base_flows) break;  // nothing is saved up, so the rest of the span changes nothing
  }
  k.at = now;
}

// A step ahead of the base is paid by what has been granted beside it.
bool VolumeLimiter::paid(Known& k, Tick at) const {
  if (k.prime != 0) {
    --k.prime;
    return true;
  }
  if (k.excess <= kStep) return false;
  if (k.bolus != 0 && static_cast<std::int64_t>(at) >= k.bolus_ready) {
    --k.bolus;
    return true;
  }
  if (copy_.mode != BasalMode::kPeriodic) return false;
  if (k.timed == 0 && at >= k.timed_ready) {
    k.timed = steps_from_nl(copy_.periodic_dose_nl);
    // Those that fell into a bolus were paid by it until it was used up, and are told from each other no more.
    const Tick began = k.bolus_since == 0 ? at : k.bolus_since > k.timed_ready ? k.bolus_since : k.timed_ready;
    k.timed_ready = began + copy_.periodic_interval_s * kSecond - kGridTolerance;
  }
  if (k.timed == 0) return false;
  --k.timed;
  return true;
}

bool VolumeLimiter::accept(Tick at) {
  return known_.change([&](Known& k) {
    settle(k, at);
    if (!paid(k, at)) k.excess += kStep;
    if (k.bridge != 0) --k.bridge;
    return within(k);
  });
}

void VolumeLimiter::set_excess(std::uint32_t steps) {
  known_.change([&](Known& k) { k.excess = steps * kStep; });
}

std::uint32_t VolumeLimiter::excess_steps() const {
  return static_cast<std::uint32_t>((known_.get().excess + kStep - 1) / kStep);
}

std::uint32_t VolumeLimiter::room_for_attempts(Tick now) {
  return known_.change([&](Known& k) {
    settle(k, now);
    const std::uint64_t used = k.excess / kStep + 1;
    return used < kExcessSteps / 2 ? static_cast<std::uint32_t>(kExcessSteps / 2 - used) : 1U;
  });
}

bool VolumeLimiter::accept_attempt(Tick at) {
  return known_.change([&](Known& k) {
    settle(k, at);
    k.excess += kStep;
    return within(k);
  });
}

}  // namespace pumpfw
