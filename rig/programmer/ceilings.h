// The dose ceilings of a program as the pump applies them to a bolus: a full window of the base, the boluses that reach into it, and the
// one that is asked for. Only where patient boluses are allowed: else there are none.
#pragma once

#include <cstdint>
#include <string>

#include "rig/programmer/prescription.h"

namespace pumprig::programmer {

// "22.917 microliters, 458.34 micrograms, in an hour; 300 microliters, 6 milligrams, in 24 hours".
std::string ceilings_text(const clients::Program& program);
// Why the pump would not give a bolus of this volume now, with what it would; empty: it would.
std::string over_ceiling(std::uint32_t volume_nl, const Present& present);

}  // namespace pumprig::programmer
