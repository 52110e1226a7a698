#include "firmware/pump/therapy/program.h"

#include "firmware/pump/base/units.h"

namespace pumpfw {
namespace {

struct Range {
  std::int64_t value;
  std::int64_t low;
  std::int64_t high;
  StatusCode status;
};

ProgramVerdict check_bolus(const Program& p) {
  const Range ranges[] = {
      {p.bolus_dose_nl, kMinBolusNl, kMaxBolusNl, StatusCode::kBolusDoseOutOfRange},
      {p.bolus_duration_s, 1, kMaxBolusDurationS, StatusCode::kBolusDurationOutOfRange},
      {p.bolus_lockout_s, kMinLockoutS, kMaxLockoutS, StatusCode::kLockoutOutOfRange},
      {p.bolus_max_per_24h, 1, kMaxBolusesPerDay, StatusCode::kBolusCountOutOfRange},
      {p.ceiling_1h_nl, 1, kMaxCeilingNl, StatusCode::kCeilingOutOfRange},
      {p.ceiling_24h_nl, 1, kMaxCeilingNl, StatusCode::kCeilingOutOfRange},
  };
  for (const Range& r : ranges) {
    if (r.value < r.low || r.value > r.high) return {r.status, r.value};
  }
  if (p.bolus_lockout_s < p.bolus_duration_s) return {StatusCode::kLockoutShorterThanBolus, p.bolus_lockout_s};
  // bolus rate = volume·86400/duration; compared without a division, on the volume that the steps make.
  const std::uint64_t half_nl = steps_from_nl(p.bolus_dose_nl) * kHalfNanolitresPerStep;
  const std::uint64_t room_nl_per_day = kCeilingNlPerDay - p.basal_rate_nl_per_day;
  if (half_nl * 86'400 > 2 * room_nl_per_day * p.bolus_duration_s) return {StatusCode::kCombinedRateTooHigh, p.bolus_duration_s};
  return {};
}

}  // namespace

ProgramVerdict check(const Program& p) {
  const Range ranges[] = {
      {p.basal_rate_nl_per_day, kMinRateNlPerDay, kMaxRateNlPerDay, StatusCode::kRateOutOfRange},
      {p.low_reservoir_threshold_nl, kMinLowThresholdNl, kMaxLowThresholdNl, StatusCode::kLowReservoirThresholdOutOfRange},
      {p.occlusion_trip_pa, kMinOcclusionTripPa, kMaxOcclusionTripPa, StatusCode::kOcclusionTripOutOfRange},
      {p.critical_repeat_min, 5, 120, StatusCode::kAlarmRepeatOutOfRange},
      {p.noncritical_repeat_min, 15, 1440, StatusCode::kAlarmRepeatOutOfRange},
  };
  for (const Range& r : ranges) {
    if (r.value < r.low || r.value > r.high) return {r.status, r.value};
  }
  return p.patient_bolus_enabled ? check_bolus(p) : ProgramVerdict{};
}

}  // namespace pumpfw
