// The rig's side of the bench thermometer.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "rig/instruments/instrument.h"

namespace pumprig::instruments::thermometer {

inline constexpr int kBaud = 9600;

std::vector<ChannelInfo> channels_for(const Settings& settings);
// Measurable values of "temperature", °C.
std::optional<Extremes> range(const Settings& settings, std::string_view channel);
std::unique_ptr<Instrument> make_driver(const DriverContext& context);

}  // namespace pumprig::instruments::thermometer
