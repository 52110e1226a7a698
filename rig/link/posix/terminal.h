// A terminal as a raw line of bytes.
#pragma once

#include "rig/base/result.h"
#include "rig/link/link.h"

namespace pumprig::link {

// Sets everything that a fresh terminal has on and bytes must not meet (echo, line editing, CR/NL and XON/XOFF handling) off, and speed,
// bits, parity, stop bits and flow control as told; nothing is left as it was found. A read of an empty line then says "try again", so that
// 0 bytes mean a hang-up. DTR and RTS do not drop when the port is closed. With `verify` the settings are read back: kUnsupported when the
// driver did not take one (a pty takes neither parity nor fewer than eight bits). `where` is for the message.
Status set_raw(int fd, const LineSettings& line, bool verify, const std::string& where);
// Throws away what the line holds in both directions.
void flush_terminal(int fd);

}  // namespace pumprig::link
