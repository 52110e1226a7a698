#include "rig/link/serial/claim.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

namespace pumprig::link {
namespace {

tl::unexpected<Error> not_opened(int why, const std::string& path) {
  switch (why) {
    case EACCES:
    case EPERM:
      return fail(ErrorCode::kUnavailable,
                  "no right to open it; add the user to the group that owns it (often \"dialout\") and log in again", path);
    case EBUSY:
    case EWOULDBLOCK:
      return fail(ErrorCode::kUnavailable, "another program has it open; end that first", path);
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return fail(ErrorCode::kNotFound, "there is no such serial port", path);
    default:
      return fail(ErrorCode::kUnavailable, std::string("cannot open it: ") + std::strerror(why), path);
  }
}

}  // namespace

Result<UniqueFd> claim_port(const std::string& path) {
  UniqueFd port(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!port.valid() || ::flock(port.get(), LOCK_EX | LOCK_NB) != 0) return not_opened(errno, path);
  return port;
}

void refuse_others(int fd) {
  ::ioctl(fd, TIOCEXCL);
}

}  // namespace pumprig::link
