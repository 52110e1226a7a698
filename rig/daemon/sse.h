// Events as the text of a stream of server-sent events or as JSON-RPC notifications, and what the address of a request asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/daemon/event_log.h"

namespace pumprig::daemon {

// The gap, if any, then the events.
std::string to_sse(const EventLog::Batch& batch);
// The same, each a text: {"jsonrpc": "2.0", "method": "event", "params": {"number": 7, "event": "job", "data": …}}.
std::vector<std::string> to_notifications(const EventLog::Batch& batch);

// "7" of "since" in "/events?since=7&run=job-1"; nothing when it is not there.
std::optional<std::string_view> query_value(std::string_view target, std::string_view name);
// A whole number from 0, and nothing else.
std::optional<std::uint64_t> whole_number(std::string_view text);

}  // namespace pumprig::daemon
