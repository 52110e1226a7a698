// What the pump's log says of fills, programs and boluses.
#pragma once

#include <cstdint>

#include "rig/clients/programmer.h"
#include "rig/programmer/prescription.h"

namespace pumprig::programmer {

// Less than this between two entries of a refill is the same fill, entered again: it did not go through the pump.
inline constexpr std::uint32_t kUsedFill_nl = 100'000;

// Into `present`, of which the reservoir and the count of boluses are there already. `now_ticks` of the clock that the log goes by.
void read_history(const clients::Programmer::Log& log, std::uint64_t now_ticks, Present& present);

}  // namespace pumprig::programmer
