// A serial port for this program alone.
#pragma once

#include <string>

#include "rig/base/result.h"
#include "rig/link/posix/unique_fd.h"

namespace pumprig::link {

// Locks the port before anything of it is changed, so that whoever has it open is not disturbed by one who comes second. The descriptor
// holds the lock and is not inherited; it does not block. kNotFound; kUnavailable: no right, or in use.
Result<UniqueFd> claim_port(const std::string& path);
// From now on even a program that knows nothing of the lock cannot open the port (unless it is root's).
void refuse_others(int fd);

}  // namespace pumprig::link
