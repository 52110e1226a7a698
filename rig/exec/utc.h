// The wall date, for provenance only: names of runs, and when they began and ended. No logic may depend on it.
#pragma once

#include <cstdint>

namespace pumprig::exec {

// Nanoseconds since 1970-01-01 UTC.
std::int64_t utc_now_ns();

}  // namespace pumprig::exec
