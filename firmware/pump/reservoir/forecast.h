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

// What is given before the base, at a rate of its own: priming, or a bridge. No bolus comes meanwhile.
struct Lead {
  std::uint64_t nl = 0;
  std::uint64_t nl_per_day = 1;
};

// Seconds until only `until_nl` of `left_nl` are left; 0 when they are now.
constexpr std::int64_t seconds_to(std::uint64_t left_nl, std::uint64_t until_nl, const Lead& lead, std::uint64_t nl_per_day) {
  const std::uint64_t gives = left_nl > until_nl ? left_nl - until_nl : 0;
  const std::uint64_t before = gives < lead.nl ? gives : lead.nl;
  return static_cast<std::int64_t>(before * kSecondsPerDay / lead.nl_per_day + (gives - before) * kSecondsPerDay / nl_per_day);
}

}  // namespace pumpfw
