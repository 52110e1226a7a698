// Calendar instants of a pump, as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pumprig {

// "2026-03-01 08:00:00" → seconds since 1970, as UTC; none when it is no such date.
std::optional<std::int64_t> parse_calendar(std::string_view text);
// The other way.
std::string calendar_text(std::int64_t seconds);

}  // namespace pumprig
