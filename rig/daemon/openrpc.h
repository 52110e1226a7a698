// The daemon's methods and events as an OpenRPC 1.3 text, made from the table in method.h.
#pragma once

#include <string>
#include <string_view>

namespace pumprig::daemon {

// `version` is that of the rig. Events, which OpenRPC does not know, stand below "x-events".
std::string openrpc_text(std::string_view version);

}  // namespace pumprig::daemon
