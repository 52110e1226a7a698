// The rig's side of a Sensirion flow meter on its sensor cable.
#pragma once

#include <memory>
#include <vector>

#include "rig/instruments/instrument.h"
#include "rig/instruments/sensirion_shdlc/models.h"

namespace pumprig::instruments::sensirion_shdlc {

// Channels by number.
enum Channel : std::size_t { kFlow = 0, kVolume = 1, kTemperature = 2, kAirInLine = 3 };

// As set: names without the instrument's, uncertainty included.
std::vector<ChannelInfo> channels_for(const Settings& settings);
// Measurable values of "flow", µL/min.
std::optional<Extremes> range(const Settings& settings, std::string_view channel);
std::unique_ptr<Instrument> make_driver(const DriverContext& context);

}  // namespace pumprig::instruments::sensirion_shdlc
