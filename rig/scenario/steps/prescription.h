// The settings of a therapy program in a scenario, and the program that they make.
#pragma once

#include <string>
#include <vector>

#include "rig/clients/telemetry.h"
#include "rig/scenario/language/step_kind.h"

namespace pumprig::scenario {

std::vector<Setting> prescription_settings();
// What contradicts itself beyond the shapes of the settings; `refused`: the pump shall refuse it, so its limits may be passed.
void check_prescription(const Settings& settings, bool refused, CheckContext& context);
// "0.5 mL/day", "a day schedule of 3 pieces", "minimum rate".
std::string base_text(const Settings& settings);
// Mean over a week, timed boluses included, uL/min.
double mean_rate_ul_per_min(const Settings& settings);
clients::Program to_program(const Settings& settings);

}  // namespace pumprig::scenario
