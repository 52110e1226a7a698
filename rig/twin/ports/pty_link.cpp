#include "rig/twin/ports/pty_link.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace pumprig::twin {

Result<std::unique_ptr<PtyLink>> PtyLink::open(exec::Executor& executor, std::string name) {
  std::unique_ptr<PtyLink> link(new PtyLink(executor, std::move(name)));
  TRY(link->make());
  return link;
}

Status PtyLink::make() {
  const auto failed = [&](const char* what) {
    return fail(ErrorCode::kUnavailable, std::string(what) + ": " + std::strerror(errno), name_);
  };
  master_ = FileDescriptor(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!master_.valid() || ::grantpt(master_.get()) != 0 || ::unlockpt(master_.get()) != 0) return failed("no pseudo-terminal");
  std::array<char, 128> path{};
  if (::ptsname_r(master_.get(), path.data(), path.size()) != 0) return failed("a pseudo-terminal without a name");
  path_ = path.data();
  slave_ = FileDescriptor(::open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios settings{};
  if (!slave_.valid() || ::tcgetattr(slave_.get(), &settings) != 0) return failed("cannot open the pseudo-terminal's far end");
  ::cfmakeraw(&settings);
  if (::tcsetattr(slave_.get(), TCSANOW, &settings) != 0) return failed("cannot set the pseudo-terminal raw");
  return {};
}

Result<std::size_t> PtyLink::do_try_read(std::span<std::uint8_t> into) {
  if (!master_.valid()) return fail(ErrorCode::kUnavailable, "closed", describe());
  for (;;) {
    const ssize_t got = ::read(master_.get(), into.data(), into.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return 0;
    return fail(ErrorCode::kUnavailable, std::strerror(errno), describe());
  }
}

Result<std::size_t> PtyLink::do_try_write(ByteView bytes) {
  if (!master_.valid()) return fail(ErrorCode::kUnavailable, "closed", describe());
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = ::write(master_.get(), bytes.data() + done, bytes.size() - done);
    if (put > 0) {
      done += static_cast<std::size_t>(put);
    } else if (errno != EINTR) {
      if (errno != EAGAIN) return fail(ErrorCode::kUnavailable, std::strerror(errno), describe());
      break;
    }
  }
  lost_bytes_ += bytes.size() - done;
  return bytes.size();
}

Task<void> PtyLink::do_wait_readable(TimePoint deadline) {
  if (!master_.valid()) co_return fail(ErrorCode::kUnavailable, "closed", describe());
  co_return co_await executor_.wait_readable(master_.get(), deadline);
}

Task<void> PtyLink::do_wait_writable(TimePoint) {
  co_return Status{};
}

void PtyLink::do_close() {
  slave_ = FileDescriptor();
  master_ = FileDescriptor();
}

}  // namespace pumprig::twin
