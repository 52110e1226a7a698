// What a program prescribes, worked out from the requirements alone: by other means than the firmware, in floating point, step by step of a
// day. The oracle judges by it.
#pragma once

#include <cstdint>

#include "firmware/protocol/messages.h"

namespace pumpfw::campaign {

inline constexpr double kTicksADay = 86'400.0 * 32'768.0;
inline constexpr double kStepNl = 12.5;

// Steps a tick at `nl_per_day`.
inline double speed(double nl_per_day) {
  return nl_per_day / kStepNl / kTicksADay;
}

struct Piece {
  double nl_per_day = 0;
  double holds_s = 1e18;  // at least; it may go on at the same rate
};
// The base without periodic boluses at `local_s`, seconds since 1970 of the patient's calendar.
Piece base_at(const protocol::Program& program, double local_s);

// nL that base and periodic boluses may give in a window: at least, whatever the calendar says from now on, and at most.
double least_in_window(const protocol::Program& program, double window_s);
double most_in_window(const protocol::Program& program, double window_s);

// Mean over a week of the base without periodic boluses, nL/day.
double mean_rate(const protocol::Program& program);

// A dose is whole steps, the nearest number of them.
std::uint32_t steps_of(std::uint32_t nl);

}  // namespace pumpfw::campaign
