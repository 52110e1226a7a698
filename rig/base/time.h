// Time of the rig: int64 nanoseconds.
//
// A TimePoint is scenario time: nanoseconds since the run began, on the clock of the executor (virtual, or wall time multiplied by the
// speed). Wall time is metadata of a run and never takes part in its logic. Only rig/exec reads a system clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace pumprig {

using Duration = std::chrono::nanoseconds;

struct RigClock {  // a tag for TimePoint; it has no now(), ask the executor
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<RigClock, Duration>;
  static constexpr bool is_steady = true;
};
using TimePoint = RigClock::time_point;

inline constexpr TimePoint kRunStart{};
inline constexpr TimePoint kNever = TimePoint::max();

constexpr std::int64_t to_ns(TimePoint t) {
  return t.time_since_epoch().count();
}
constexpr TimePoint at_ns(std::int64_t ns) {
  return TimePoint{Duration{ns}};
}
constexpr double to_seconds(Duration d) {
  return static_cast<double>(d.count()) * 1e-9;
}
constexpr double to_seconds(TimePoint t) {
  return to_seconds(t.time_since_epoch());
}
// Nearest nanosecond; `s` must fit (|s| < 9.2e9).
constexpr Duration from_seconds(double s) {
  return Duration{static_cast<std::int64_t>(s * 1e9 + (s < 0 ? -0.5 : 0.5))};
}
// t + d without overflow past kNever.
constexpr TimePoint saturating_add(TimePoint t, Duration d) {
  return d > kNever - t ? kNever : t + d;
}

}  // namespace pumprig
