// Sleeping, the watchdog and resets.
#pragma once

#include <cstdint>

#include "firmware/hal/hal.h"

namespace pumpfw::mps2 {

// The watchdog bites when so much time has passed without another call.
void arm_watchdog(hal::Tick after);
// Stands still until the timer has counted `ticks` (at most kLongestSleep).
void sleep(hal::Tick ticks);
// Does nothing more until the watchdog bites.
[[noreturn]] void await_watchdog();
[[noreturn]] void reset_system();

}  // namespace pumpfw::mps2
