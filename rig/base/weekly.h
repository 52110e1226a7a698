// Weekdays and times of day, as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rig/base/result.h"

namespace pumprig {

// "daily", "mon-fri", "sat,sun", "mon,wed-fri" → bits, Monday the lowest. kInvalidArgument says what may be written.
Result<std::uint8_t> parse_weekdays(std::string_view text);
// "07:30" → minute of the day.
Result<std::uint16_t> parse_time_of_day(std::string_view text);

// "mon-fri", "mon,wed-fri"; and "07:30".
std::string weekdays_text(std::uint8_t weekdays);
std::string time_of_day_text(std::uint16_t minute);

}  // namespace pumprig
