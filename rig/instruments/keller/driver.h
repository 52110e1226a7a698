// The rig's side of a KELLER pressure transmitter.
#pragma once

#include <memory>
#include <vector>

#include "rig/instruments/instrument.h"

namespace pumprig::instruments::keller {

enum Channel : std::size_t { kPressure = 0, kTemperature = 1 };

std::vector<ChannelInfo> channels_for(const Settings& settings);
// Measurable values of "pressure", kPa.
std::optional<Extremes> range(const Settings& settings, std::string_view channel);
std::unique_ptr<Instrument> make_driver(const DriverContext& context);

}  // namespace pumprig::instruments::keller
