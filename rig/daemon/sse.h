// Events as the text of a stream of server-sent events, and what the address of a request asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rig/daemon/event_log.h"

namespace pumprig::daemon {

// The gap, if any, then the events; those of one job when `job` is not empty.
std::string to_sse(const EventLog::Batch& batch, std::string_view job);

// "7" of "since" in "/events?since=7&run=job-1"; nothing when it is not there.
std::optional<std::string_view> query_value(std::string_view target, std::string_view name);
// A whole number from 0, and nothing else.
std::optional<std::uint64_t> whole_number(std::string_view text);

}  // namespace pumprig::daemon
