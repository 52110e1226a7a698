// The far end: a sensor cable with a flow sensor, answering on its link.
#pragma once

#include <memory>

#include "rig/instruments/instrument.h"

namespace pumprig::instruments::sensirion_shdlc {

std::unique_ptr<VirtualInstrument> make_virtual(const VirtualContext& context);

}  // namespace pumprig::instruments::sensirion_shdlc
