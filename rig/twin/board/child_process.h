// Starts a foreign program, and asks one for its version.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "rig/base/result.h"

namespace pumprig::twin {

// Starts `command` (its first word is looked for in PATH) in `directory`, in a process group of its own, with its outputs on the given
// descriptors; a negative one means nowhere. A program that cannot be executed ends with code 127 and the reason on its error output.
Result<pid_t> start_child(const std::vector<std::string>& command, const std::string& directory, int output, int errors);

// SIGKILL, and waits for the end.
void end_child(pid_t pid);

// "QEMU 7.2.22", as the program says of itself. kUnavailable: it cannot be run, or does not answer within `guard`.
Result<std::string> ask_version(const std::string& program, std::chrono::milliseconds guard);

// An Error of what the kernel refused (errno) on the way to the emulator.
tl::unexpected<Error> system_failure(const std::string& what);

}  // namespace pumprig::twin
