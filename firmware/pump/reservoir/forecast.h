// When the reservoir will be low and empty if every patient bolus that is allowed is taken (REQ-306).
#pragma once

#include <cstdint>

#include "firmware/pump/therapy/day_schedule.h"

namespace pumpfw {

// On the mean, nL a day: the base with its timed boluses, and as many patient boluses as the count allows.
inline std::uint64_t most_per_day_nl(const Program& program) {
  std::uint64_t most = mean_with_timed(program);
  if (program.patient_bolus_enabled) most += std::uint64_t{program.bolus_dose_nl} * program.bolus_max_per_24h;
  return most;
}

// Seconds until only `until_nl` of `left_nl` are left; 0 when they are now.
constexpr std::int64_t seconds_to(std::uint64_t left_nl, std::uint64_t until_nl, std::uint64_t nl_per_day) {
  return left_nl > until_nl ? static_cast<std::int64_t>((left_nl - until_nl) * kSecondsPerDay / nl_per_day) : 0;
}

}  // namespace pumpfw
