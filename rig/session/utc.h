// Wall instants as text. Nothing here reads a clock.
#pragma once

#include <cstdint>
#include <string>

namespace pumprig::session {

// Nanoseconds since 1970 as "2026-01-31T23:59:59.123Z" (cut to ms).
std::string utc_text(std::int64_t utc_ns);
// The same as the beginning of a file's name: "20260131T235959Z".
std::string utc_stamp(std::int64_t utc_ns);

}  // namespace pumprig::session
