#pragma once

#include <memory>

#include "rig/instruments/instrument.h"

namespace pumprig::instruments::witness {

// Watches the World's edges and sends them on its link, stamped by a clock of its own.
std::unique_ptr<VirtualInstrument> make_virtual(const VirtualContext& context);

}  // namespace pumprig::instruments::witness
