// The whole program that stands in a pump, as people read it.
#pragma once

#include <string>

#include "rig/programmer/prescription.h"

namespace pumprig::programmer {

// What is given now: the base, or priming or a bridge in its stead; of a pump that gives nothing, what starting it would give.
std::string now_text(const Present& present, const clients::StatusReply& status);
// A line each: base, patient's boluses, ceilings, path, alarms.
std::string program_page(const Present& present, std::uint32_t revision);

}  // namespace pumprig::programmer
