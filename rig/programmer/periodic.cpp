#include "rig/programmer/periodic.h"

#include <algorithm>
#include <cmath>

#include "rig/programmer/say.h"

namespace pumprig::programmer {
namespace {

constexpr std::uint32_t kLeastInterval_s = 600;
constexpr std::uint32_t kMostInterval_s = 7 * kDay_s;
constexpr std::uint32_t kMostDuration_s = kDay_s;

// Boluses that a window holds at most, in parts of one. A bolus ends before the next begins, so a whole interval holds exactly one,
// wherever it lies, and what is left of the window at most as much as fits into it.
double most_boluses(std::uint32_t window_s, std::uint32_t duration_s, std::uint32_t interval_s) {
  if (interval_s == 0) return 0;
  const std::uint32_t intervals = window_s / interval_s;
  const double rest = window_s % interval_s;
  return intervals + (duration_s == 0 ? std::min(rest, 1.0) : std::min(1.0, rest / duration_s));
}

}  // namespace

Mass PeriodicBolus::most_in(std::uint32_t window_s) const {
  return {std::llround(static_cast<double>(dose.ng) * most_boluses(window_s, duration_s, interval_s))};
}

DoseRate PeriodicBolus::mean() const {
  return {interval_s == 0 ? 0 : std::llround(static_cast<double>(dose.ng) * kDay_s / interval_s)};
}

std::vector<std::string> wrong_with(const PeriodicBolus& bolus, std::int64_t base_nl_per_day) {
  std::vector<std::string> out;
  const std::uint32_t volume = bolus.volume_nl;
  if (volume < kLeastBolus_nl || volume > kMostBolus_nl) {
    out.push_back("a periodic bolus of " + to_text(bolus.dose) + " would be " + volume_text(volume) +
                  "; the pump gives 0.25 to 1000 microliters");
  }
  if (bolus.interval_s < kLeastInterval_s || bolus.interval_s > kMostInterval_s) {
    out.push_back("periodic boluses begin 10 minutes to 7 days apart, not " + span_text(bolus.interval_s));
  }
  if (bolus.duration_s == 0 || bolus.duration_s > kMostDuration_s) {
    out.push_back("a periodic bolus takes 1 second to 24 hours, not " + span_text(bolus.duration_s));
    return out;
  }
  if (bolus.duration_s >= bolus.interval_s) {
    out.push_back("a periodic bolus of " + span_text(bolus.duration_s) + " would not have ended when the next one begins after " +
                  span_text(bolus.interval_s) + "; give it less time, or make the interval longer");
  }
  const auto left = static_cast<double>(kMostSpeed - std::clamp<std::int64_t>(base_nl_per_day, 0, kMostSpeed));
  const double given = in_steps_nl(volume);
  if (given * kDay_s > left * bolus.duration_s) {
    std::string advice = "; lower the base";
    if (left > 0) {
      // As it is said: above an hour without seconds.
      auto least = static_cast<std::uint64_t>(std::ceil(given * kDay_s / left));
      if (least > 3'600) least = (least + 59) / 60 * 60;
      advice = "; give it at least " + span_text(least);
    }
    out.push_back("the periodic bolus beside the base would be faster than the pump's " + ml_per_day_text(kMostSpeed) + advice);
  }
  return out;
}

std::string first_bolus_text(const PeriodicBolus& bolus, const clients::Program& before, bool bridge) {
  const bool same_grid = before.mode == clients::protocol::BasalMode::kPeriodic && before.periodic_interval_s == bolus.interval_s;
  if (bridge) {
    return "the first periodic bolus comes at the first of its instants after the bridge; these lie " + span_text(bolus.interval_s) +
           (same_grid ? " apart, and stay what they were" : " apart, counted from when the program is accepted") +
           "; one that falls into the bridge or a stop is not given later";
  }
  const std::string when = same_grid ? "the periodic boluses keep their instants, the next at most " + span_text(bolus.interval_s) + " away"
                                     : "the first periodic bolus comes " + span_text(bolus.interval_s) + " after the program is accepted";
  return when + "; one that falls into a stop is not given later";
}

double most_periodic_nl(const clients::Program& program, std::uint32_t window_s) {
  if (program.mode != clients::protocol::BasalMode::kPeriodic) return 0;
  return program.periodic_dose_nl * most_boluses(window_s, program.periodic_duration_s, program.periodic_interval_s);
}

std::uint32_t counted_periodic(const PeriodicBolus& bolus, std::uint32_t window_s) {
  return bolus.interval_s == 0 ? 0 : (window_s + bolus.duration_s) / bolus.interval_s + 1;
}

}  // namespace pumprig::programmer
