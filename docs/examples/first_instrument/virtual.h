// The far end: a Northlake T200 with its probe in the fluid.
#pragma once

#include <memory>

#include "rig/instruments/instrument.h"

namespace pumprig::instruments::thermometer {

std::unique_ptr<VirtualInstrument> make_virtual(const VirtualContext& context);

}  // namespace pumprig::instruments::thermometer
