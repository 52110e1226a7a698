// What a program comes to, as arithmetic that no pump is asked for.
#pragma once

#include "rig/clients/telemetry.h"

namespace pumprig::clients {

// Mean of the base over a week, nL/day, periodic boluses included.
double mean_base_nl_per_day(const Program& program);

}  // namespace pumprig::clients
