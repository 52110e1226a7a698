// The rig's side of the patient model.
#pragma once

#include <memory>
#include <vector>

#include "rig/instruments/instrument.h"

namespace pumprig::instruments::patient {

std::vector<ChannelInfo> channels_for(const Settings& settings);
std::unique_ptr<Instrument> make_driver(const DriverContext& context);

}  // namespace pumprig::instruments::patient
