// The one grammar in which a link is written:
//
//   serial:usb=RIG-FLOW-01?baud=115200&parity=none    by the USB adapter's serial number
//   serial:/dev/ttyUSB0?baud=9600                     parity=none|even|odd, bits=7|8, stop=1|2, flow=none|rtscts
//   pty:/run/twin/flow                                a terminal that is no real port
//   tcp:host:port   tcp:[::1]:port   unix:/path       stream sockets
//   virtual:flow                                      an instrument of a virtual bench; only that bench can open it
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rig/base/result.h"
#include "rig/link/link.h"

namespace pumprig::link {

enum class LinkKind : std::uint8_t { kSerial, kPty, kTcp, kUnix, kVirtual };

struct LinkSpec {
  LinkKind kind = LinkKind::kSerial;
  std::string target;      // path, host or name; empty when a serial port is named by usb_serial
  std::string port;        // of kTcp
  std::string usb_serial;  // of kSerial
  LineSettings line;       // the defaults, with what the spec says
};

// Opens nothing. kInvalidArgument names the position (counted from 1), what is wrong there and what may stand there.
Result<LinkSpec> parse_link_spec(std::string_view text, const LineSettings& defaults = {});
// The shortest text that parses to the same with plain defaults.
std::string to_text(const LinkSpec& spec);

}  // namespace pumprig::link
