// Links over stream sockets.
#pragma once

#include <memory>
#include <string>

#include "rig/link/link.h"

namespace pumprig::link {

// kNotFound: no such host or path; kUnavailable: nobody listens. Connecting may hold the thread up to three seconds.
Result<std::unique_ptr<Link>> open_tcp(const std::string& host, const std::string& port, exec::Executor& executor);
Result<std::unique_ptr<Link>> open_unix(const std::string& path, exec::Executor& executor);

}  // namespace pumprig::link
