#include "rig/link/posix/fd_link.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace pumprig::link {

Error FdLink::gone(int error_number) const {
  std::string text(hang_up_text());
  if (error_number != 0) text += std::string(" (") + std::strerror(error_number) + ")";
  return Error{ErrorCode::kUnavailable, text + "; plug it in again or start the far end, and it is reopened", describe(), nullptr};
}

Result<std::size_t> FdLink::do_try_read(std::span<std::uint8_t> into) {
  if (fd() < 0) return fail(ErrorCode::kUnavailable, "the link is closed", describe());
  if (into.empty()) return std::size_t{0};
  for (;;) {
    const ssize_t got = ::read(fd(), into.data(), into.size());
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return tl::unexpected<Error>(gone(0));
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::size_t{0};
    return tl::unexpected<Error>(gone(errno));
  }
}

Result<std::size_t> FdLink::do_try_write(ByteView bytes) {
  if (fd() < 0) return fail(ErrorCode::kUnavailable, "the link is closed", describe());
  if (bytes.empty()) return std::size_t{0};
  for (;;) {
    const ssize_t put = is_socket() ? ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) : ::write(fd(), bytes.data(), bytes.size());
    if (put >= 0) return static_cast<std::size_t>(put);
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::size_t{0};
    return tl::unexpected<Error>(gone(errno));
  }
}

bool FdLink::hung_up() const {
  pollfd state{fd(), POLLIN, 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & POLLIN) == 0 && (state.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

// A hang-up wakes every wait at once and for ever: it must end in an error, or the loop above would spin.
Task<void> FdLink::do_wait_readable(TimePoint deadline) {
  if (fd() < 0) co_return fail(ErrorCode::kUnavailable, "the link is closed", describe());
  CO_TRY(co_await executor_.wait_readable(fd(), deadline));
  if (fd() < 0 || hung_up()) co_return tl::unexpected<Error>(gone(0));
  co_return Status{};
}

Task<void> FdLink::do_wait_writable(TimePoint deadline) {
  if (fd() < 0) co_return fail(ErrorCode::kUnavailable, "the link is closed", describe());
  CO_TRY(co_await executor_.wait_writable(fd(), deadline));
  if (fd() < 0 || hung_up()) co_return tl::unexpected<Error>(gone(0));
  co_return Status{};
}

}  // namespace pumprig::link
