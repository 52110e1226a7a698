#include "rig/programmer/refill.h"

#include <cmath>
#include <cstdio>

#include "rig/clients/program_facts.h"

namespace pumprig::programmer {

double most_per_day_nl(const clients::Program& program) {
  double most = clients::mean_base_nl_per_day(program);
  if (program.patient_bolus_enabled) most += static_cast<double>(program.bolus_max_per_24h) * program.bolus_dose_nl;
  return most;
}

std::optional<RunOut> run_out(const clients::Program& program, std::uint32_t reservoir_nl) {
  const double most = most_per_day_nl(program);
  if (most <= 0) return std::nullopt;
  const double above_low = reservoir_nl > program.low_reservoir_threshold_nl ? reservoir_nl - program.low_reservoir_threshold_nl : 0.0;
  return RunOut{above_low / most, reservoir_nl / most};
}

std::optional<RefillDate> next_refill(const clients::Program& program, std::uint32_t reservoir_nl, const Drug& drug, Fill fill) {
  const auto volume = run_out(program, reservoir_nl);
  const std::uint16_t stable = fill == Fill::kFirst   ? drug.stable_days_first
                               : fill == Fill::kLater ? drug.stable_days
                                                      : drug.stable_days_diluted;
  if (!volume && stable == 0) return std::nullopt;
  if (stable != 0 && (!volume || stable < volume->days_to_low)) return RefillDate{static_cast<double>(stable), true};
  return RefillDate{volume->days_to_low, false};
}

std::string RefillDate::text() const {
  char out[96];
  std::snprintf(out, sizeof(out), "in %.0f days, by %s", std::floor(days),
                by_stability ? "the drug's stability" : "volume to the low alarm");
  return out;
}

Residual judge_residual(std::uint32_t filled_nl, std::uint32_t expected_nl, std::uint32_t measured_nl) {
  Residual out;
  const double programmed = static_cast<double>(filled_nl) - expected_nl;
  const double excess = static_cast<double>(expected_nl) - measured_nl;
  if (programmed <= 0) return out;
  out.error_percent = 100 * excess / programmed;
  // Both bounds must be passed: the percentage, and 1 mL, below which a syringe decides nothing.
  const bool large = std::abs(out.error_percent) > 14.5 && std::abs(excess) > 1'000'000;
  out.over_infusion = large && excess > 0;
  out.under_infusion = large && excess < 0;
  return out;
}

}  // namespace pumprig::programmer
