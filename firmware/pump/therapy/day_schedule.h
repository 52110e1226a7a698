// The rate that a program prescribes at a minute of the local week, and bounds of what it may give in an hour and a day.
#pragma once

#include <cstdint>

#include "firmware/pump/therapy/program.h"

namespace pumpfw {

inline constexpr std::int64_t kSecondsPerDay = 86'400;
inline constexpr std::int64_t kCalendarBegins = 946'684'800;  // 2000-01-01: what lies before was never set
inline constexpr std::uint16_t kMinutesPerDay = 1'440;

// 0 Monday … 6 Sunday, of seconds since 1970-01-01 00:00 (a Thursday) of the local calendar.
constexpr std::uint8_t weekday_of(std::int64_t local_s) {
  const std::int64_t day = local_s >= 0 ? local_s / kSecondsPerDay : -((kSecondsPerDay - 1 - local_s) / kSecondsPerDay);
  return static_cast<std::uint8_t>(((day + 3) % 7 + 7) % 7);
}
constexpr std::uint32_t second_of_day(std::int64_t local_s) {
  return static_cast<std::uint32_t>((local_s % kSecondsPerDay + kSecondsPerDay) % kSecondsPerDay);
}

struct ScheduledRate {
  std::uint32_t nl_per_day = 0;
  std::uint32_t holds_s = 0;  // until the next edge; an edge may leave the rate as it is
};
// Of a program in BasalMode::kDaySchedule that check() has passed.
ScheduledRate scheduled_rate(const Program& program, std::int64_t local_s);

// The most that the base, timed boluses included, may give in any window, whenever it begins (REQ-204 counts a full window of basal).
struct BasalBounds {
  std::uint64_t half_nl_in_24h = 0;
  std::uint64_t half_nl_in_1h_times_24 = 0;
};
BasalBounds basal_bounds(const Program& program);

// Fastest that the base may ever be, timed boluses included, nL/day.
std::uint64_t fastest_base(const Program& program);
// Mean over a week, without timed boluses, nL/day.
std::uint32_t mean_base(const Program& program);
// And with them: what the patient gets of it.
std::uint64_t mean_with_timed(const Program& program);

}  // namespace pumpfw
