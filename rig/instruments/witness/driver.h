#pragma once

#include <memory>
#include <vector>

#include "rig/instruments/instrument.h"

namespace pumprig::instruments::witness {

// Order of channels(): edges as they come, then the totals that are asked for.
enum ChannelIndex : std::size_t { kStepChannel = 0, kRotorChannel = 1, kAlarmChannel = 2, kStepsTotalChannel = 3, kRotorTotalChannel = 4 };

std::unique_ptr<Instrument> make_driver(const DriverContext& context);
std::vector<ChannelInfo> channels_for(const Settings& settings);

}  // namespace pumprig::instruments::witness
