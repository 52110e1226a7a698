// Units of the dose path: whole numbers only.
#pragma once

#include <cstdint>

#include "firmware/hal/hal.h"

namespace pumpfw {

using hal::Tick;

inline constexpr Tick kSecond = hal::kTicksPerSecond;
inline constexpr Tick kMinute = 60 * kSecond;
inline constexpr Tick kHour = 60 * kMinute;
inline constexpr Tick kDay = 24 * kHour;
inline constexpr Tick kNever = ~Tick{0};

// One step displaces 12.5 nL = 25/2 nL. Volumes that must be exact are counted in steps; programs state nanolitres.
inline constexpr std::uint64_t kHalfNanolitresPerStep = 25;

// Nearest number of steps to a volume, half a step rounds up.
constexpr std::uint32_t steps_from_nl(std::uint32_t nl) {
  return static_cast<std::uint32_t>((2 * std::uint64_t{nl} + kHalfNanolitresPerStep / 2) / kHalfNanolitresPerStep);
}

// Volume of `steps` in nanolitres, half a nanolitre rounds up.
constexpr std::uint64_t nl_from_steps(std::uint64_t steps) {
  return (steps * kHalfNanolitresPerStep + 1) / 2;
}

// Instant since the first power-on that no reset and no clock setting turns back.
using PumpTime = std::uint64_t;  // ticks

// Pump time at the first power-on. Not 0, so that a scenario may start with boluses that are older than the pump.
inline constexpr PumpTime kTimeOrigin = 3 * kDay;

}  // namespace pumpfw
