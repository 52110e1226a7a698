// A run in a daemon that looks to the caller like one here.
#pragma once

#include <memory>
#include <string>

#include "rig/base/result.h"
#include "rig/session/request.h"

namespace pumprig::cli {

// A runner that hands runs to the rigd of `socket`, if that holds the bench that the request names; null (and a note on stderr) if it holds
// another. kUnavailable: nobody answers there.
Result<std::unique_ptr<session::Runner>> daemon_runner(const std::string& socket, const session::RunRequest& request);

}  // namespace pumprig::cli
