// Words for what happened on the pump board.
#pragma once

#include <string>
#include <string_view>

#include "firmware/hal/hal.h"
#include "rig/base/time.h"

namespace pumprig::twin {

std::string seconds_text(TimePoint t);                       // "12.345 s" since the run began
std::string milliseconds_text(Duration d);                   // "12.3 ms"
std::string_view reset_text(pumpfw::hal::ResetCause cause);  // "the watchdog reset the pump board"

}  // namespace pumprig::twin
