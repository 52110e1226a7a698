// The stretch of time that a measurement looks at:
//   { "over": "delivery", "settle": "1 h" }                   the time of the step that is called "delivery", its first hour left out
//   { "since": "occlude", "settle": "0 s", "for": "30 min" }  from the begin of that step on, for half an hour, or until now without "for"
#pragma once

#include <string>

#include "rig/scenario/language/step_kind.h"

namespace pumprig::scenario {

Shape window_shape();
void check_window(const Settings& window, CheckContext& context);
std::string explain_window(const Settings& window);

}  // namespace pumprig::scenario
