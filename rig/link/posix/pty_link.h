// Ptys: the end that a program opens like a port, and the end that a simulated device holds.
#pragma once

#include <memory>
#include <string>

#include "rig/link/link.h"

namespace pumprig::link {

// Opens a terminal that libserialport would not: a pty, or a link to one. kNotFound says what lies beside it.
Result<std::unique_ptr<Link>> open_pty(const std::string& path, const LineSettings& line, exec::Executor& executor);

// A new pty for a simulated device: the returned link is the device's end; programs open `path`, which is made a symbolic link to the
// terminal (one that is there and is a symbolic link is replaced) and goes with the link. Programs may open and close it as they like.
Result<std::unique_ptr<Link>> make_pty_device(const std::string& path, exec::Executor& executor);

}  // namespace pumprig::link
