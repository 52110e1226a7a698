#include "firmware/pump/therapy/day_schedule.h"

#include "firmware/pump/base/units.h"

namespace pumpfw {
namespace {

using protocol::BasalMode;
using protocol::Segment;

constexpr std::uint8_t kWeekdays = 7;

struct Piece {
  std::uint32_t nl_per_day = 0;
  std::uint16_t until_min = kMinutesPerDay;
};

Piece piece_at(const Program& program, std::uint8_t weekday, std::uint32_t minute) {
  Piece piece;
  std::int32_t begun = -1;
  for (const Segment& segment : program.segments.view()) {
    if ((segment.weekdays >> weekday & 1U) == 0) continue;
    if (segment.start_min > minute) {
      if (segment.start_min < piece.until_min) piece.until_min = segment.start_min;
    } else if (segment.start_min > begun) {
      begun = segment.start_min;
      piece.nl_per_day = segment.rate_nl_per_day;
    }
  }
  return piece;
}

std::uint64_t timed_half_nl(const Program& program, std::uint32_t window_s) {
  if (program.mode != BasalMode::kPeriodic) return 0;
  const std::uint64_t dose = steps_from_nl(program.periodic_dose_nl) * kHalfNanolitresPerStep;
  // One that began before the window may reach into it with its last steps; a window touches at most so many.
  return dose * ((window_s + program.periodic_duration_s) / program.periodic_interval_s + 1);
}

}  // namespace

ScheduledRate scheduled_rate(const Program& program, std::int64_t local_s) {
  const std::uint32_t second = second_of_day(local_s);
  const Piece piece = piece_at(program, weekday_of(local_s), second / 60);
  return {piece.nl_per_day, piece.until_min * 60U - second};
}

BasalBounds basal_bounds(const Program& program) {
  BasalBounds bounds;
  if (program.mode == BasalMode::kDaySchedule) {
    // A window of 24 h meets each minute of the day once, on one weekday or another: the fastest of the seven bounds it.
    std::uint64_t nl_minutes_per_day = 0;
    std::uint64_t fastest = 0;
    for (std::uint32_t minute = 0; minute < kMinutesPerDay;) {
      std::uint32_t until = kMinutesPerDay;
      std::uint32_t most = 0;
      for (std::uint8_t weekday = 0; weekday < kWeekdays; ++weekday) {
        const Piece piece = piece_at(program, weekday, minute);
        if (piece.nl_per_day > most) most = piece.nl_per_day;
        if (piece.until_min < until) until = piece.until_min;
      }
      nl_minutes_per_day += std::uint64_t{most} * (until - minute);
      if (most > fastest) fastest = most;
      minute = until;
    }
    bounds.half_nl_in_24h = (2 * nl_minutes_per_day + kMinutesPerDay - 1) / kMinutesPerDay;
    bounds.half_nl_in_1h_times_24 = 2 * fastest;
  } else {
    const std::uint32_t rate = program.mode == BasalMode::kMinimumRate ? kMinimumRateNlPerDay : program.basal_rate_nl_per_day;
    bounds.half_nl_in_24h = 2 * std::uint64_t{rate};
    bounds.half_nl_in_1h_times_24 = 2 * std::uint64_t{rate};
  }
  bounds.half_nl_in_24h += timed_half_nl(program, 86'400);
  bounds.half_nl_in_1h_times_24 += 24 * timed_half_nl(program, 3'600);
  return bounds;
}

std::uint64_t fastest_base(const Program& program) {
  switch (program.mode) {
    case BasalMode::kMinimumRate:
      return kMinimumRateNlPerDay;
    case BasalMode::kDaySchedule: {
      std::uint64_t fastest = 0;
      for (const Segment& segment : program.segments.view()) {
        if (segment.rate_nl_per_day > fastest) fastest = segment.rate_nl_per_day;
      }
      return fastest;
    }
    case BasalMode::kPeriodic: {
      const std::uint64_t half_nl = steps_from_nl(program.periodic_dose_nl) * kHalfNanolitresPerStep;
      const std::uint64_t duration = 2 * std::uint64_t{program.periodic_duration_s};
      return program.basal_rate_nl_per_day + (half_nl * 86'400 + duration - 1) / duration;
    }
    case BasalMode::kContinuous:
      break;
  }
  return program.basal_rate_nl_per_day;
}

std::uint32_t mean_base(const Program& program) {
  if (program.mode == BasalMode::kMinimumRate) return kMinimumRateNlPerDay;
  if (program.mode != BasalMode::kDaySchedule) return program.basal_rate_nl_per_day;
  std::uint64_t nl_minutes_per_day = 0;
  for (std::uint8_t weekday = 0; weekday < kWeekdays; ++weekday) {
    for (std::uint32_t minute = 0; minute < kMinutesPerDay;) {
      const Piece piece = piece_at(program, weekday, minute);
      nl_minutes_per_day += std::uint64_t{piece.nl_per_day} * (piece.until_min - minute);
      minute = piece.until_min;
    }
  }
  constexpr std::uint64_t kWeek = std::uint64_t{kWeekdays} * kMinutesPerDay;
  return static_cast<std::uint32_t>((nl_minutes_per_day + kWeek / 2) / kWeek);
}

std::uint64_t mean_with_timed(const Program& program) {
  std::uint64_t mean = mean_base(program);
  if (program.mode == BasalMode::kPeriodic && program.periodic_interval_s != 0) {
    mean += std::uint64_t{program.periodic_dose_nl} * kSecondsPerDay / program.periodic_interval_s;
  }
  return mean;
}

}  // namespace pumpfw
