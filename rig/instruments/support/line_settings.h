// Settings that every instrument on a line has, so that they are called and bounded alike in every bench file.
#pragma once

#include <string>

#include "rig/instruments/instrument.h"

namespace pumprig::instruments {

inline Setting address_setting(std::string_view help, std::int64_t fallback, double min, double max) {
  return {.name = "address", .type = Setting::Type::kInteger, .help = help, .fallback = fallback, .min = min, .max = max};
}

// The default is that of the descriptor's line.
inline Setting baud_setting(const link::LineSettings& line, double min = 1200, double max = 921600,
                            std::string_view help = "speed of the line") {
  return {.name = "baud", .type = Setting::Type::kInteger, .help = help, .fallback = std::int64_t{line.baud}, .min = min, .max = max};
}

inline Setting serial_setting(std::string_view help) {
  return {.name = "serial", .type = Setting::Type::kText, .help = help, .fallback = std::string()};
}

}  // namespace pumprig::instruments
