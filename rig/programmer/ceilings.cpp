#include "rig/programmer/ceilings.h"

#include <algorithm>
#include <cmath>

#include "rig/programmer/periodic.h"
#include "rig/programmer/pump_limits.h"
#include "rig/programmer/week.h"

namespace pumprig::programmer {
namespace {

using clients::protocol::BasalMode;

constexpr std::int64_t kHalfNlPerStep = 25;

std::int64_t half_nl(double volume_nl) {
  return std::llround(2 * in_steps_nl(std::llround(volume_nl)));
}

struct Window {
  const char* name;
  std::int64_t length_s;
  std::int64_t ceiling_half_nl;
  std::int64_t base_half_nl;  // a full window of it at its fastest, timed boluses with it; rounded up
  std::int64_t boluses_half_nl = 0;

  std::int64_t room_half_nl() const { return std::max<std::int64_t>(0, ceiling_half_nl - base_half_nl - boluses_half_nl); }
};

std::int64_t timed_half_nl(const clients::Program& program, std::uint32_t window_s) {
  if (program.mode != BasalMode::kPeriodic) return 0;
  const PeriodicBolus timed{{}, program.periodic_dose_nl, program.periodic_duration_s, program.periodic_interval_s};
  return half_nl(program.periodic_dose_nl) * counted_periodic(timed, window_s);
}

Window window_of(bool an_hour, const Present& present) {
  const clients::Program& program = present.program;
  std::int64_t fastest = program.mode == BasalMode::kMinimumRate ? kMinimumRate : program.basal_rate_nl_per_day;
  std::int64_t day_half_nl = 2 * fastest;
  if (program.mode == BasalMode::kDaySchedule) {
    clients::Program rates = program;
    rates.concentration_ng_per_ml = 1'000'000;  // so that a nanogram stands for a nanoliter
    const Week week = Week::of(rates);
    fastest = week.fastest().ng_per_day;
    std::int64_t minutes = 0;
    for (std::size_t m = 0; m < 1'440; ++m) minutes += week.fastest_at(m).ng_per_day;
    day_half_nl = (2 * minutes + 1'439) / 1'440;
  }
  Window out =
      an_hour ? Window{"an hour", 3'600, 2 * std::int64_t{program.ceiling_1h_nl}, (2 * fastest + 23) / 24 + timed_half_nl(program, 3'600)}
              : Window{"24 hours", kDay_s, 2 * std::int64_t{program.ceiling_24h_nl}, day_half_nl + timed_half_nl(program, kDay_s)};
  for (const GivenBolus& bolus : present.boluses) {
    if (bolus.ended_ago_s < out.length_s) out.boluses_half_nl += half_nl(bolus.volume_nl);
  }
  return out;
}

std::string amount_text(std::int64_t half_nl, const clients::Program& program) {
  const std::int64_t nl = half_nl / 2;
  return volume_text(nl) + ", " + to_text(mass_of(nl, {program.concentration_ng_per_ml}));
}

}  // namespace

std::string ceilings_text(const clients::Program& program) {
  return amount_text(2 * std::int64_t{program.ceiling_1h_nl}, program) + ", in an hour; " +
         amount_text(2 * std::int64_t{program.ceiling_24h_nl}, program) + ", in 24 hours";
}

std::string over_ceiling(std::uint32_t volume_nl, const Present& present) {
  if (!present.program.patient_bolus_enabled) return {};
  const Window hour = window_of(true, present);
  const Window day = window_of(false, present);
  const Window& tight = hour.room_half_nl() < day.room_half_nl() ? hour : day;
  if (half_nl(volume_nl) <= tight.room_half_nl()) return {};
  const std::int64_t room = tight.room_half_nl() / kHalfNlPerStep * kHalfNlPerStep;
  const bool fits = room >= 2 * std::int64_t{kLeastBolus_nl};
  return "the pump would refuse it: by the ceilings of its program it gives at most " +
         amount_text(tight.ceiling_half_nl, present.program) + ", in " + tight.name + ", and counts " +
         amount_text(tight.base_half_nl, present.program) + " of base and " + amount_text(tight.boluses_half_nl, present.program) +
         " of boluses there; " + (fits ? "now it would give " + amount_text(room, present.program) : "now it would give none") +
         ". What the patient's boluses may come to sets the ceilings";
}

}  // namespace pumprig::programmer
