// What a measured value must be: { "within": "14.5 %", "of": "0.5 mL/day" }, { "at_most": "2 s" }, { "at_least": "950", "at_most": "1050"
// }.
#pragma once

#include <string>

#include "rig/monitor/limit.h"
#include "rig/scenario/language/step_kind.h"

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

}  // namespace pumprig::scenario
