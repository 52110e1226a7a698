// The far end: a transmitter of class 5.20 on the KELLER bus.
#pragma once

#include <memory>

#include "rig/instruments/instrument.h"

namespace pumprig::instruments::keller {

std::unique_ptr<VirtualInstrument> make_virtual(const VirtualContext& context);

}  // namespace pumprig::instruments::keller
