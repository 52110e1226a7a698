#include "rig/programmer/refill.h"

#include <algorithm>
#include <cmath>

#include "rig/clients/program_facts.h"
#include "rig/programmer/say.h"

namespace pumprig::programmer {
namespace {

// Of whatever fill, days; 0: the drug keeps for as long as its volume lasts.
std::uint16_t shortest_stability(const Drug& drug) {
  return std::min({drug.stable_days_first, drug.stable_days, drug.stable_days_diluted});
}

}  // namespace

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

std::optional<RefillDate> next_refill(const clients::Program& program, std::uint32_t reservoir_nl, const Drug& drug, Fill fill,
                                      double days_since_fill) {
  const auto volume = run_out(program, reservoir_nl);
  const std::uint16_t stable = fill == Fill::kFirst   ? drug.stable_days_first
                               : fill == Fill::kLater ? drug.stable_days
                                                      : drug.stable_days_diluted;
  if (!volume && stable == 0) return std::nullopt;
  const double stable_left = stable - days_since_fill;
  if (stable != 0 && (!volume || stable_left < volume->days_to_low))
    return RefillDate{.days = stable_left, .by_stability = true, .fill = fill};
  return RefillDate{volume->days_to_low, false};
}

std::optional<RefillDate> next_refill(const clients::Program& program, const Drug& drug, const Present& present) {
  // A drug that the pump does not have yet comes in with the fill that is there.
  const bool same_drug = present.programmed && present.program.drug == program.drug;
  if (!same_drug && present.ran_since_fill) {
    return next_refill_of_some_fill(program, present.reservoir_nl, drug, "whether it was filled with this drug since the other one ran");
  }
  const auto fill = fill_kind(drug, {program.concentration_ng_per_ml}, same_drug ? present.fills : 1, !same_drug || present.whole_log);
  const double days = static_cast<double>(present.since_fill_s.value_or(0)) / 86'400;
  if (fill && present.since_fill_s) return next_refill(program, present.reservoir_nl, drug, *fill, days);
  if (present.since_fill_s) {
    return next_refill_of_some_fill(program, present.reservoir_nl, drug, "whether the last fill was the first one", days);
  }
  const auto volume = run_out(program, present.reservoir_nl);
  if (!volume) return std::nullopt;
  return RefillDate{volume->days_to_low, false, shortest_stability(drug) == 0 ? "" : "when the pump was filled last"};
}

std::optional<RefillDate> next_refill_of_some_fill(const clients::Program& program, std::uint32_t reservoir_nl, const Drug& drug,
                                                   const std::string& what, double days_since_fill) {
  const auto volume = run_out(program, reservoir_nl);
  if (!volume) return std::nullopt;
  const std::uint16_t shortest = shortest_stability(drug);
  const bool by_volume = shortest == 0 || volume->days_to_low <= shortest - days_since_fill;
  return RefillDate{volume->days_to_low, false, by_volume ? "" : what};
}

std::optional<Fill> fill_kind(const Drug& drug, Concentration concentration, int number, bool whole_log) {
  if (number <= 1 && !whole_log) return std::nullopt;
  if (number <= 1) return Fill::kFirst;
  return drug.diluted(concentration) ? Fill::kLaterDiluted : Fill::kLater;
}

std::optional<Fill> next_fill_kind(const Drug& drug, const Present& present) {
  const int number = present.used_since_fill ? present.fills + 1 : std::max(1, present.fills);
  return fill_kind(drug, {present.program.concentration_ng_per_ml}, number, present.whole_log);
}

std::string fill_text(Fill fill) {
  return fill == Fill::kFirst ? "a first fill" : fill == Fill::kLater ? "a later fill" : "a later fill, diluted";
}

std::string RefillDate::text(std::int64_t local_time_s, std::int64_t replace_by_s) const {
  if (!known()) {
    return "not known: the pump's log does not tell " + unknown + ", ask for the record of it; at the latest " +
           RefillDate{.days = days, .by_stability = by_stability, .fill = fill}.text(local_time_s, replace_by_s);
  }
  const std::string why = !by_stability ? "by volume to the low alarm, every patient bolus used"
                          : fill        ? "by the drug's stability after " + fill_text(*fill)
                                        : "by the drug's stability";
  if (days < 0) return "OVERDUE, " + why;
  const auto whole = static_cast<std::int64_t>(std::floor(days + 1e-9));
  const auto due_s = local_time_s + static_cast<std::int64_t>(days * 86'400 + 1e-3);
  const std::string date = pump_date_text(local_time_s).empty() ? "" : pump_date_text(due_s).substr(0, 10);
  const std::int64_t pump_days = (replace_by_s - local_time_s) / 86'400;
  const bool outlives = replace_by_s != 0 && whole > pump_days;
  return "in " + days_text(days) + (date.empty() ? "" : ", on " + date) + ", " + why +
         (outlives ? "; but the pump must be replaced before, within " + std::to_string(pump_days) + " days" : "");
}

std::string history_text(const Present& present) {
  return "when and with what the pump was filled last is not known: " + present.history_unknown + "; ask for the record of the last refill";
}

Residual judge_residual(std::uint32_t filled_nl, std::uint32_t expected_nl, std::uint32_t measured_nl) {
  Residual out;
  const double programmed = static_cast<double>(filled_nl) - expected_nl;
  const double excess = static_cast<double>(expected_nl) - measured_nl;
  if (programmed > 0) out.error_percent = 100 * excess / programmed;
  // Both bounds must be passed: the percentage, and 1 mL, below which a syringe decides nothing. Of a pump that was to give nothing, any
  // percentage is.
  const bool large = (!out.error_percent || std::abs(*out.error_percent) > 14.5) && std::abs(excess) > 1'000'000;
  out.over_infusion = large && excess > 0;
  out.under_infusion = large && excess < 0;
  return out;
}

std::string residual_text(clients::protocol::Residual judged) {
  switch (judged) {
    case clients::protocol::Residual::kNotMeasured:
      return "";
    case clients::protocol::Residual::kFits:
      return "the pump itself says that what was found fits what it gave";
    case clients::protocol::Residual::kTooLittleLeft:
      return "the pump itself says that too little was left in it, and has logged it";
    case clients::protocol::Residual::kTooMuchLeft:
      return "the pump itself says that too much was left in it, and has logged it";
  }
  return "";
}

}  // namespace pumprig::programmer
