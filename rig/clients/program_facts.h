// What a program comes to, as arithmetic that no pump is asked for.
#pragma once

#include "rig/clients/telemetry.h"

namespace pumprig::clients {

// Mean of the base over a week, nL/day, periodic boluses included.
double mean_base_nl_per_day(const Program& program);

// REQ-406: the longest time from a full closure of the catheter to the alarm, C·P/Q, at the slowest rate that the base has: with the
// 0.2 µL/kPa of the pump's outlet and a stiff catheter, the trip pressure and the 7 kPa that it may be off, and the 10 s of the alarm. A
// soft catheter or air in it adds to C. 0 for a base that gives nothing.
double occlusion_alarm_within_s(const Program& program);

}  // namespace pumprig::clients
