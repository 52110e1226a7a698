#include "rig/clients/program_facts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pumprig::clients {
namespace {

constexpr double kMinimumRate = 6'000;  // one step in 180 s
constexpr unsigned kMinutesPerDay = 1'440;
constexpr double kCompliance_nl_per_pa = 0.2;  // 0.2 µL/kPa
constexpr double kTripTolerance_pa = 7'000;
constexpr double kAlarmAfterTrip_s = 10;

// Minute by minute: the piece of that weekday that began last holds.
double mean_of_schedule(const Program& program) {
  double week = 0;
  for (unsigned day = 0; day < 7; ++day) {
    for (unsigned minute = 0; minute < kMinutesPerDay; ++minute) {
      int begun = -1;
      double rate = 0;
      for (const auto& piece : program.segments.view()) {
        const bool holds = (piece.weekdays >> day & 1U) != 0 && piece.start_min <= minute && piece.start_min > begun;
        if (!holds) continue;
        begun = piece.start_min;
        rate = piece.rate_nl_per_day;
      }
      week += rate / kMinutesPerDay;
    }
  }
  return week / 7;
}

double slowest_base_nl_per_day(const Program& program) {
  if (program.mode == protocol::BasalMode::kMinimumRate) return kMinimumRate;
  if (program.mode != protocol::BasalMode::kDaySchedule) return program.basal_rate_nl_per_day;
  double slowest = std::numeric_limits<double>::infinity();
  for (const auto& piece : program.segments.view()) {
    if (piece.rate_nl_per_day != 0) slowest = std::min(slowest, static_cast<double>(piece.rate_nl_per_day));
  }
  return std::isfinite(slowest) ? slowest : 0;
}

}  // namespace

double mean_base_nl_per_day(const Program& program) {
  switch (program.mode) {
    case protocol::BasalMode::kMinimumRate:
      return kMinimumRate;
    case protocol::BasalMode::kDaySchedule:
      return mean_of_schedule(program);
    case protocol::BasalMode::kPeriodic:
      if (program.periodic_interval_s == 0) break;
      return program.basal_rate_nl_per_day + 86'400.0 / program.periodic_interval_s * program.periodic_dose_nl;
    case protocol::BasalMode::kContinuous:
      break;
  }
  return program.basal_rate_nl_per_day;
}

double occlusion_alarm_within_s(const Program& program) {
  const double rate = slowest_base_nl_per_day(program);
  if (rate == 0) return 0;
  return kCompliance_nl_per_pa * (program.occlusion_trip_pa + kTripTolerance_pa) / rate * 86'400 + kAlarmAfterTrip_s;
}

}  // namespace pumprig::clients
