// A serial port of the machine as a link. libserialport finds and opens it; the bytes go through its descriptor in our own loop, because
// its waiting calls can neither see a hang-up nor be cancelled.
#pragma once

#include <memory>
#include <string>

#include "rig/link/link.h"
#include "rig/link/serial/ports.h"

namespace pumprig::link {

// Which port: by path, or by the serial number of its USB adapter, wherever it is plugged in.
struct PortChoice {
  std::string path;
  std::string usb_serial;
};

// kNotFound says which ports there are; kUnavailable: another program has it. After a hang-up reopen() looks for it anew.
Result<std::unique_ptr<Link>> open_serial(const PortChoice& choice, const LineSettings& line, exec::Executor& executor,
                                          SerialSystem& system = libserialport_system());

}  // namespace pumprig::link
