#include "firmware/pump/campaign/prescription.h"

#include <algorithm>
#include <cmath>

namespace pumpfw::campaign {
namespace {

using protocol::BasalMode;
using protocol::Program;

constexpr double kMinimumRate = 6'000;  // REQ-109

// Rate of a weekday (0 Monday) at a minute of it, and the minute at which the next piece begins.
double rate_of(const Program& program, int weekday, int minute, int& until) {
  int begun = -1;
  double rate = 0;
  until = 1'440;
  for (const protocol::Segment& segment : program.segments.view()) {
    if ((segment.weekdays >> weekday & 1) == 0) continue;
    if (segment.start_min > minute) {
      until = std::min<int>(until, segment.start_min);
    } else if (segment.start_min > begun) {
      begun = segment.start_min;
      rate = segment.rate_nl_per_day;
    }
  }
  return rate;
}

// Of the seven weekdays the slowest or fastest, summed over the minutes of a day; and of a single minute.
struct Extremes {
  double slowest_day = 0;
  double fastest_day = 0;
  double slowest = 1e18;
  double fastest = 0;
};
Extremes extremes(const Program& program) {
  Extremes out;
  for (int minute = 0; minute < 1'440;) {
    double low = 1e18, high = 0;
    int next = 1'440;
    for (int weekday = 0; weekday < 7; ++weekday) {
      int until = 0;
      const double rate = rate_of(program, weekday, minute, until);
      low = std::min(low, rate);
      high = std::max(high, rate);
      next = std::min(next, until);
    }
    out.slowest_day += low * (next - minute) / 1'440;
    out.fastest_day += high * (next - minute) / 1'440;
    out.slowest = std::min(out.slowest, low);
    out.fastest = std::max(out.fastest, high);
    minute = next;
  }
  return out;
}

double periodic_nl(const Program& program) {
  return program.mode == BasalMode::kPeriodic ? steps_of(program.periodic_dose_nl) * kStepNl : 0;
}

}  // namespace

std::uint32_t steps_of(std::uint32_t nl) {
  return static_cast<std::uint32_t>(std::floor(nl / kStepNl + 0.5));
}

Piece base_at(const Program& program, double local_s) {
  if (program.mode == BasalMode::kMinimumRate) return {kMinimumRate};
  if (program.mode != BasalMode::kDaySchedule) return {static_cast<double>(program.basal_rate_nl_per_day)};
  const double day = std::floor(local_s / 86'400);
  const double second = local_s - day * 86'400;
  const int weekday = static_cast<int>(std::fmod(std::fmod(day + 3, 7) + 7, 7));  // 1970-01-01 was a Thursday
  int until = 0;
  const double rate = rate_of(program, weekday, static_cast<int>(second / 60), until);
  return {rate, until * 60.0 - second};
}

double least_in_window(const Program& program, double window_s) {
  double base = program.basal_rate_nl_per_day * window_s / 86'400;
  if (program.mode == BasalMode::kMinimumRate) base = kMinimumRate * window_s / 86'400;
  if (program.mode == BasalMode::kDaySchedule) {
    const Extremes all = extremes(program);
    base = window_s >= 86'400 ? all.slowest_day : all.slowest * window_s / 86'400;
  }
  if (program.mode == BasalMode::kPeriodic) base += std::floor(window_s / program.periodic_interval_s) * periodic_nl(program);
  return base;
}

double most_in_window(const Program& program, double window_s) {
  double base = program.basal_rate_nl_per_day * window_s / 86'400;
  if (program.mode == BasalMode::kMinimumRate) base = kMinimumRate * window_s / 86'400;
  if (program.mode == BasalMode::kDaySchedule) {
    const Extremes all = extremes(program);
    base = window_s >= 86'400 ? all.fastest_day : all.fastest * window_s / 86'400;
  }
  if (program.mode == BasalMode::kPeriodic) {
    base += (std::floor((window_s + program.periodic_duration_s) / program.periodic_interval_s) + 1) * periodic_nl(program);
  }
  return base;
}

double mean_rate(const Program& program) {
  if (program.mode != BasalMode::kDaySchedule) return base_at(program, 0).nl_per_day;
  double sum = 0;
  for (int weekday = 0; weekday < 7; ++weekday) {
    for (int minute = 0; minute < 1'440;) {
      int until = 0;
      sum += rate_of(program, weekday, minute, until) * (until - minute);
      minute = until;
    }
  }
  return sum / (7 * 1'440);
}

}  // namespace pumpfw::campaign
