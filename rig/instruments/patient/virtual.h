// The far end: what the twin knows at the tip of the catheter, exactly.
#pragma once

#include <memory>

#include "rig/instruments/instrument.h"

namespace pumprig::instruments::patient {

std::unique_ptr<VirtualInstrument> make_virtual(const VirtualContext& context);

}  // namespace pumprig::instruments::patient
