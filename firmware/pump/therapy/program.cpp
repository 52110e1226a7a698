#include "firmware/pump/therapy/program.h"

#include "firmware/pump/base/units.h"
#include "firmware/pump/therapy/day_schedule.h"

namespace pumpfw {
namespace {

using protocol::BasalMode;
using protocol::Segment;

struct Range {
  std::int64_t value;
  std::int64_t low;
  std::int64_t high;
  StatusCode status;
};

template <std::size_t N>
ProgramVerdict first_outside(const Range (&ranges)[N]) {
  for (const Range& r : ranges) {
    if (r.value < r.low || r.value > r.high) return {r.status, r.value};
  }
  return {};
}

ProgramVerdict check_schedule(const Program& p) {
  if (p.segments.count == 0) return {StatusCode::kScheduleIncomplete, 0};
  for (std::uint8_t weekday = 0; weekday < 7; ++weekday) {
    std::uint32_t pieces = 0;
    bool from_midnight = false;
    for (std::uint8_t i = 0; i < p.segments.count; ++i) {
      const Segment& segment = p.segments.items[i];
      if ((segment.weekdays >> weekday & 1U) == 0) continue;
      ++pieces;
      if (segment.start_min == 0) from_midnight = true;
      for (std::uint8_t k = 0; k < i; ++k) {
        const Segment& other = p.segments.items[k];
        const bool same_day = (other.weekdays >> weekday & 1U) != 0;
        if (same_day && other.start_min == segment.start_min) return {StatusCode::kScheduleIncomplete, segment.start_min};
      }
    }
    if (!from_midnight || pieces > kMaxSegmentsPerDay) return {StatusCode::kScheduleIncomplete, weekday};
  }
  for (const Segment& segment : p.segments.view()) {
    const Range ranges[] = {
        {segment.weekdays, 1, 0x7F, StatusCode::kScheduleIncomplete},
        {segment.start_min, 0, kMinutesPerDay - 1, StatusCode::kScheduleIncomplete},
        {segment.rate_nl_per_day, kMinRateNlPerDay, kMaxRateNlPerDay, StatusCode::kRateOutOfRange},
    };
    if (const ProgramVerdict verdict = first_outside(ranges); verdict.status != StatusCode::kOk) return verdict;
  }
  return {};
}

ProgramVerdict check_periodic(const Program& p) {
  const Range ranges[] = {
      {p.periodic_dose_nl, kMinBolusNl, kMaxBolusNl, StatusCode::kPeriodicBolusOutOfRange},
      {p.periodic_duration_s, 1, kMaxBolusDurationS, StatusCode::kPeriodicBolusOutOfRange},
      {p.periodic_interval_s, kMinPeriodicIntervalS, kMaxPeriodicIntervalS, StatusCode::kPeriodicBolusOutOfRange},
  };
  if (const ProgramVerdict verdict = first_outside(ranges); verdict.status != StatusCode::kOk) return verdict;
  // The next one must not begin before the last one's end.
  if (p.periodic_duration_s >= p.periodic_interval_s) return {StatusCode::kPeriodicBolusOutOfRange, p.periodic_duration_s};
  if (!bolus_fits(steps_from_nl(p.periodic_dose_nl), p.periodic_duration_s, p.basal_rate_nl_per_day)) {
    return {StatusCode::kCombinedRateTooHigh, p.periodic_duration_s};
  }
  return {};
}

// Each mode has its own fields; those of another mode must be 0, so that nobody takes a forgotten one for what is given.
ProgramVerdict check_base(const Program& p) {
  const bool one_rate = p.mode == BasalMode::kContinuous || p.mode == BasalMode::kPeriodic;
  if (!one_rate && p.basal_rate_nl_per_day != 0) return {StatusCode::kModeMismatch, p.basal_rate_nl_per_day};
  if (p.mode != BasalMode::kDaySchedule && p.segments.count != 0) return {StatusCode::kModeMismatch, p.segments.count};
  const bool timed = p.periodic_dose_nl != 0 || p.periodic_duration_s != 0 || p.periodic_interval_s != 0;
  if (p.mode != BasalMode::kPeriodic && timed) return {StatusCode::kModeMismatch, p.periodic_dose_nl};
  if (one_rate && (p.basal_rate_nl_per_day < kMinRateNlPerDay || p.basal_rate_nl_per_day > kMaxRateNlPerDay)) {
    return {StatusCode::kRateOutOfRange, p.basal_rate_nl_per_day};
  }
  switch (p.mode) {
    case BasalMode::kContinuous:
    case BasalMode::kMinimumRate:
      return {};
    case BasalMode::kDaySchedule:
      return check_schedule(p);
    case BasalMode::kPeriodic:
      return check_periodic(p);
  }
  return {StatusCode::kBadFieldValue, static_cast<std::int64_t>(p.mode)};
}

ProgramVerdict check_bolus(const Program& p) {
  const Range ranges[] = {
      {p.bolus_dose_nl, kMinBolusNl, kMaxBolusNl, StatusCode::kBolusDoseOutOfRange},
      {p.bolus_duration_s, 1, kMaxBolusDurationS, StatusCode::kBolusDurationOutOfRange},
      {p.bolus_lockout_s, kMinLockoutS, kMaxLockoutS, StatusCode::kLockoutOutOfRange},
      {p.bolus_max_per_24h, 1, kMaxBolusesPerDay, StatusCode::kBolusCountOutOfRange},
      {p.ceiling_1h_nl, 1, kMaxCeilingNl, StatusCode::kCeilingOutOfRange},
      {p.ceiling_24h_nl, 1, kMaxCeilingNl, StatusCode::kCeilingOutOfRange},
  };
  if (const ProgramVerdict verdict = first_outside(ranges); verdict.status != StatusCode::kOk) return verdict;
  if (p.bolus_lockout_s < p.bolus_duration_s) return {StatusCode::kLockoutShorterThanBolus, p.bolus_lockout_s};
  if (!bolus_fits(steps_from_nl(p.bolus_dose_nl), p.bolus_duration_s, fastest_base(p))) {
    return {StatusCode::kCombinedRateTooHigh, p.bolus_duration_s};
  }
  return {};
}

ProgramVerdict check_path(const Program& p) {
  if (std::uint64_t{p.pump_tube_nl} + p.catheter_nl > kMaxPathNl)
    return {StatusCode::kPathVolumeOutOfRange, p.pump_tube_nl + p.catheter_nl};
  if (p.bridge_volume_nl == 0 && p.bridge_rate_nl_per_day == 0) return {};
  const Range ranges[] = {
      {p.bridge_volume_nl, 1, kMaxPathNl, StatusCode::kBridgeWrong},
      {p.bridge_rate_nl_per_day, kMinRateNlPerDay, kMaxRateNlPerDay, StatusCode::kBridgeWrong},
  };
  return first_outside(ranges);
}

}  // namespace

bool bolus_fits(std::uint32_t steps, std::uint64_t duration_s, std::uint64_t base_nl_per_day) {
  if (base_nl_per_day > kCeilingNlPerDay) return false;
  // bolus rate = volume·86400/duration; compared without a division, on the volume that the steps make.
  return steps * kHalfNanolitresPerStep * 86'400 <= 2 * (kCeilingNlPerDay - base_nl_per_day) * duration_s;
}

ProgramVerdict check(const Program& p) {
  if (const ProgramVerdict verdict = check_base(p); verdict.status != StatusCode::kOk) return verdict;
  const Range ranges[] = {
      {p.low_reservoir_threshold_nl, kMinLowThresholdNl, kMaxLowThresholdNl, StatusCode::kLowReservoirThresholdOutOfRange},
      {p.occlusion_trip_pa, kMinOcclusionTripPa, kMaxOcclusionTripPa, StatusCode::kOcclusionTripOutOfRange},
      {p.critical_repeat_min, 5, 120, StatusCode::kAlarmRepeatOutOfRange},
      {p.noncritical_repeat_min, 15, 1440, StatusCode::kAlarmRepeatOutOfRange},
  };
  if (const ProgramVerdict verdict = first_outside(ranges); verdict.status != StatusCode::kOk) return verdict;
  if (const ProgramVerdict verdict = check_path(p); verdict.status != StatusCode::kOk) return verdict;
  return p.patient_bolus_enabled ? check_bolus(p) : ProgramVerdict{};
}

}  // namespace pumpfw
