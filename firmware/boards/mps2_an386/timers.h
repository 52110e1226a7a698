// What time it is, the next deadline and the STEP pulse, each on a timer of its own.
#pragma once

#include <cstdint>

#include "firmware/hal/hal.h"

namespace pumpfw::mps2 {

// Clocks of the timers (25 MHz) and ticks of hal.h: a tick is over when all its clocks are.
hal::Tick ticks_of(std::uint64_t clocks);
std::uint64_t first_clock_of(hal::Tick tick);

// Lets the free-running counter begin at 0, and both timers' interrupts come.
void start_timers();
// Clocks since start_timers(); from anywhere, at least once in 171 s.
std::uint64_t clocks();

// One interrupt so many clocks from now, or at once; replaces the one before. At most 171 s.
void arm_deadline(std::uint64_t after);
void arm_step_timer(std::uint64_t after);
void disarm_step_timer();
void clear_step_interrupt();

}  // namespace pumpfw::mps2
