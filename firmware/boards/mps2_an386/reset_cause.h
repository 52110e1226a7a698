// Why the processor was reset, from memory that a reset keeps and a power-on clears.
#pragma once

#include <cstdint>

#include "firmware/hal/hal.h"

namespace pumpfw::mps2 {

struct BootFacts {
  std::uint32_t boot = 0;  // resets since the processor was switched on
  hal::ResetCause cause = hal::ResetCause::kPowerOn;
};

// Call once after each reset. Every deliberate reset writes its cause first; none written: the watchdog bit.
BootFacts find_boot();
// Resets the system for this cause. A watchdog leaves none behind, so kWatchdog writes none.
[[noreturn]] void reset_for(hal::ResetCause cause);

}  // namespace pumpfw::mps2
