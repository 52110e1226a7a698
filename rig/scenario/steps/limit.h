// What a measured value must be: { "within": "14.5 %", "of": "0.5 mL/day" }, { "at_most": "2 s" }, { "at_least": "950", "at_most": "1050"
// }.
#pragma once

#include <string>

#include "rig/monitor/limit.h"
#include "rig/scenario/language/step_kind.h"
#include "rig/scenario/run/run.h"

namespace pumprig::scenario {

Shape limit_shape();
void check_limit(const Settings& limit, Dimension dimension, CheckContext& context);
// The band in the base unit of the dimension. The limit has been checked.
monitor::Limit to_limit(const Settings& limit);
std::string explain_limit(const Settings& limit);

// The unit of a quantity as it was written: "mL/day" of "0.5 mL/day", "kPa gauge" of "70 kPa gauge"; empty when it has none.
std::string written_unit(const Quantity& quantity);
// That of the value that a limit bounds.
std::string limit_unit(const Settings& limit);

// A check of `value`, a figure that the pump tells of itself and that was asked for at `begin`, against the step's "limit"; both numbers in
// the base unit of the dimension.
Check judge_told(const Step& step, RunContext& context, TimePoint begin, double value, double uncertainty);

}  // namespace pumprig::scenario
