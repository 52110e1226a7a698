// A condition: what expect waits for and throughout holds.
//
//   { "channel": "pressure.pressure", "below": "70 kPa gauge" }     a value of a channel, one or two bounds
//   { "channel": "witness.alarm_high", "at_least": "1" }            a level at a pin
//   { "pump": "alarm", "is": "occlusion" }                          what the pump says of itself (never evidence for flow, pressure, steps)
#pragma once

#include <string>

#include "rig/scenario/language/step_kind.h"

namespace pumprig::scenario {

Shape condition_shape();
void check_condition(const Settings& condition, CheckContext& context);
void need_condition(const Settings& condition, const BenchFacts& bench, std::vector<std::string>& missing);
std::string explain_condition(const Settings& condition);
// The unit that a bound of the value is written in; empty when it has none.
std::string condition_unit(const Settings& condition);

}  // namespace pumprig::scenario
