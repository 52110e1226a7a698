#include "rig/link/posix/terminal.h"

// termios2 takes any speed; its header may not be mixed with <termios.h>.
#include <asm/termbits.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace pumprig::link {
namespace {

// Programs that look at the terminal know the usual speeds by their code only; any other is given as a number.
tcflag_t speed_code(int baud) {
  constexpr std::array<std::pair<int, tcflag_t>, 12> kUsual{{{1200, B1200},
                                                             {2400, B2400},
                                                             {4800, B4800},
                                                             {9600, B9600},
                                                             {19200, B19200},
                                                             {38400, B38400},
                                                             {57600, B57600},
                                                             {115200, B115200},
                                                             {230400, B230400},
                                                             {460800, B460800},
                                                             {921600, B921600},
                                                             {1000000, B1000000}}};
  for (const auto& [speed, code] : kUsual) {
    if (speed == baud) return code;
  }
  return BOTHER;
}

tcflag_t control_flags(const LineSettings& line) {
  tcflag_t flags = CREAD | CLOCAL | speed_code(line.baud);
  flags |= line.data_bits == 7 ? CS7 : CS8;
  if (line.parity != Parity::kNone) flags |= PARENB;
  if (line.parity == Parity::kOdd) flags |= PARODD;
  if (line.stop_bits == 2) flags |= CSTOPB;
  if (line.flow == FlowControl::kRtsCts) flags |= CRTSCTS;
  return flags;
}

Status cannot(const std::string& what, const std::string& where) {
  return fail(ErrorCode::kUnsupported, what + ": " + std::strerror(errno), where);
}

}  // namespace

Status set_raw(int fd, const LineSettings& line, bool verify, const std::string& where) {
  termios2 settings{};
  if (::ioctl(fd, TCGETS2, &settings) != 0) return cannot("it is no terminal", where);
  settings.c_iflag = line.parity == Parity::kNone ? 0 : INPCK;
  settings.c_oflag = 0;
  settings.c_lflag = 0;
  settings.c_cflag = control_flags(line);
  settings.c_ispeed = settings.c_ospeed = static_cast<speed_t>(line.baud);
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (::ioctl(fd, TCSETS2, &settings) != 0) return cannot("the line settings are refused", where);
  if (!verify) return {};
  termios2 now{};
  if (::ioctl(fd, TCGETS2, &now) != 0) return cannot("the line settings cannot be read back", where);
  constexpr tcflag_t kMatters = CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS;
  if ((now.c_cflag & kMatters) != (settings.c_cflag & kMatters)) {
    return fail(ErrorCode::kUnsupported, "the port did not take data bits, parity, stop bits or flow control as asked", where);
  }
  const auto asked = static_cast<double>(line.baud);
  if (std::abs(static_cast<double>(now.c_ospeed) - asked) > 0.03 * asked) {
    return fail(ErrorCode::kUnsupported,
                "the port cannot do " + std::to_string(line.baud) + " baud; it would run at " + std::to_string(now.c_ospeed), where);
  }
  return {};
}

void flush_terminal(int fd) {
  ::ioctl(fd, TCFLSH, TCIOFLUSH);
}

}  // namespace pumprig::link
