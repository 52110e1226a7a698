#include "rig/programmer/program_page.h"

#include <cmath>
#include <cstdio>

#include "rig/base/weekly.h"
#include "rig/clients/program_facts.h"
#include "rig/programmer/ceilings.h"
#include "rig/programmer/periodic.h"
#include "rig/programmer/pump_limits.h"
#include "rig/programmer/say.h"

namespace pumprig::programmer {
namespace {

using clients::TherapyState;
using clients::protocol::BasalMode;

std::string rate_text(std::uint32_t nl_per_day, std::uint32_t ng_per_ml) {
  const std::string rate = ml_per_day_text(nl_per_day);
  return ng_per_ml == 0 ? rate : rate + ", " + to_text(dose_of(nl_per_day, {ng_per_ml}));
}

std::string drug_text(const clients::Program& program, std::uint32_t ng_per_ml) {
  if (ng_per_ml == 0) return "";
  const Drug* drug = find_drug(program.drug);
  return " of " + (drug == nullptr ? "drug " + std::to_string(program.drug) : std::string(drug->name)) + " at " +
         to_text(Concentration{ng_per_ml});
}

std::uint32_t scheduled_now(const clients::Program& program, std::int64_t local_time_s) {
  const std::int64_t minute = local_time_s / 60;
  const auto weekday = static_cast<unsigned>((minute / 1'440 + 3) % 7);  // 1970 began with a Thursday
  int begun = -1;
  std::uint32_t rate = 0;
  for (const auto& piece : program.segments.view()) {
    if ((piece.weekdays >> weekday & 1) == 0 || piece.start_min > minute % 1'440 || piece.start_min <= begun) continue;
    begun = piece.start_min;
    rate = piece.rate_nl_per_day;
  }
  return rate;
}

std::string start_text(const Present& present) {
  const clients::Program& program = present.program;
  const std::uint32_t tip = present.tube_concentration_ng_per_ml;
  if (present.bridge_remaining_nl != 0) {
    return "the rest of the bridge first, " + rate_text(program.bridge_rate_nl_per_day, tip) + drug_text(program, tip);
  }
  if (program.mode == BasalMode::kDaySchedule && pump_date_text(present.local_time_s).empty()) {
    return "nothing before the clock is set, by which the day schedule goes";
  }
  const std::uint32_t rate = program.mode == BasalMode::kMinimumRate   ? static_cast<std::uint32_t>(kMinimumRate)
                             : program.mode == BasalMode::kDaySchedule ? scheduled_now(program, present.local_time_s)
                                                                       : program.basal_rate_nl_per_day;
  return rate_text(rate, program.concentration_ng_per_ml) + drug_text(program, program.concentration_ng_per_ml);
}

std::string base_text(const clients::Program& program) {
  switch (program.mode) {
    case BasalMode::kMinimumRate:
      return "the minimum rate, " + rate_text(static_cast<std::uint32_t>(kMinimumRate), program.concentration_ng_per_ml);
    case BasalMode::kDaySchedule:
      return "a day schedule, on the mean " +
             rate_text(static_cast<std::uint32_t>(std::llround(clients::mean_base_nl_per_day(program))), program.concentration_ng_per_ml);
    case BasalMode::kPeriodic:
      return rate_text(program.basal_rate_nl_per_day, program.concentration_ng_per_ml) + ", between periodic boluses";
    case BasalMode::kContinuous:
      break;
  }
  return "one rate, " + rate_text(program.basal_rate_nl_per_day, program.concentration_ng_per_ml);
}

std::string bolus_text(std::uint32_t nl, std::uint32_t ng_per_ml) {
  return (ng_per_ml == 0 ? "" : to_text(dose_in_steps(nl, {ng_per_ml})) + ", ") + volume_text(nl);
}

}  // namespace

std::string now_text(const Present& present, const clients::StatusReply& status) {
  const clients::Program& program = present.program;
  const std::uint32_t tip =
      status.tube_concentration_ng_per_ml == 0 ? program.concentration_ng_per_ml : status.tube_concentration_ng_per_ml;
  if (status.therapy_state == TherapyState::kPriming) {
    return "Priming now " + ml_per_day_text(status.rate_now_nl_per_day) + " into the path, and no base beside it";
  }
  if (status.therapy_state == TherapyState::kBridging) {
    return "Bridge now  " + rate_text(status.rate_now_nl_per_day, tip) + drug_text(program, tip) + ", in place of the base";
  }
  if (status.rate_now_nl_per_day != 0) return "Base now    " + rate_text(status.rate_now_nl_per_day, tip) + drug_text(program, tip);
  return "Base now    0 milliliters per day" + (present.programmed ? "; start gives " + start_text(present) : "");
}

std::string program_page(const Present& present, std::uint32_t revision) {
  const clients::Program& program = present.program;
  if (!present.programmed) return "";
  const std::uint32_t strength = program.concentration_ng_per_ml;
  std::string out = "\nProgram     " + std::to_string(revision) + ": " + base_text(program) + drug_text(program, strength);
  if (program.mode == BasalMode::kPeriodic) {
    out += "\nPeriodic    " + volume_text(program.periodic_dose_nl) + " within " + span_text(program.periodic_duration_s) +
           " beside it, every " + span_text(program.periodic_interval_s);
    if (strength != 0) out += ", " + to_text(dose_in_steps(program.periodic_dose_nl, {strength})) + " each";
  }
  for (const auto& segment : program.segments.view()) {
    out += "\nSchedule    from " + weekdays_text(segment.weekdays) + " " + time_of_day_text(segment.start_min) + " " +
           rate_text(segment.rate_nl_per_day, strength);
  }
  if (program.patient_bolus_enabled) {
    out += "\nPatient     " + bolus_text(program.bolus_dose_nl, strength) + " within " + span_text(program.bolus_duration_s) +
           ", then locked until " + span_text(program.bolus_lockout_s) + " after its start, at most " +
           std::to_string(program.bolus_max_per_24h) + " in 24 hours";
    out += "\nCeilings    at most " + ceilings_text(program) + ", base and boluses";
  } else {
    out += "\nPatient     may not ask for boluses";
  }
  out += "\nPath        pump tube " + volume_text(program.pump_tube_nl) + ", catheter " + volume_text(program.catheter_nl);
  out += "\nOcclusion   alarm " + occlusion_text(program);
  char repeats[96];
  std::snprintf(repeats, sizeof(repeats), " left; alarms sound every %u min when critical, else every %u min",
                static_cast<unsigned>(program.critical_repeat_min), static_cast<unsigned>(program.noncritical_repeat_min));
  return out + "\nLow alarm   at " + volume_text(program.low_reservoir_threshold_nl) + repeats;
}

}  // namespace pumprig::programmer
