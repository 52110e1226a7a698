// Calendar instants of a pump, as scenarios write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pumprig::scenario {

// "2026-03-01 08:00:00" → seconds since 1970, as UTC; none when it is no such date.
std::optional<std::int64_t> parse_calendar(std::string_view text);

}  // namespace pumprig::scenario
