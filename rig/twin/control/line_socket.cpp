#include "rig/twin/control/line_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace pumprig::twin {
namespace {

Error system_error(const std::string& what, const std::string& where) {
  return {ErrorCode::kUnavailable, what + ": " + std::strerror(errno), where, nullptr};
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return fail(ErrorCode::kInvalidArgument, "the path of a Unix socket must have 1 to 107 bytes", path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

link::UniqueFd make_socket() {
  return link::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

const sockaddr* as_sockaddr(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

Task<std::string> LineSocket::read_line(std::size_t longest, TimePoint deadline) {
  for (;;) {
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      co_return line;
    }
    if (pending_.size() > longest) co_return fail(ErrorCode::kProtocol, "a line is too long", "control");
    std::array<char, 4096> bytes;
    const ssize_t got = ::read(socket_.get(), bytes.data(), bytes.size());
    if (got > 0) {
      pending_.append(bytes.data(), static_cast<std::size_t>(got));
      continue;
    }
    if (got == 0) co_return fail(ErrorCode::kUnavailable, "the far end closed the connection", "control");
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return tl::unexpected<Error>(system_error("cannot read", "control"));
    CO_TRY(co_await executor_.wait_readable(socket_.get(), deadline));
  }
}

Task<void> LineSocket::write_line(std::string line, TimePoint deadline) {
  line += '\n';
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t put = ::send(socket_.get(), line.data() + done, line.size() - done, MSG_NOSIGNAL);
    if (put > 0) {
      done += static_cast<std::size_t>(put);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return tl::unexpected<Error>(system_error("cannot write", "control"));
    CO_TRY(co_await executor_.wait_writable(socket_.get(), deadline));
  }
  co_return Status{};
}

Result<link::UniqueFd> connect_unix(const std::string& path) {
  TRY_ASSIGN(const sockaddr_un address, address_of(path));
  link::UniqueFd socket = make_socket();
  if (!socket.valid()) return tl::unexpected<Error>(system_error("cannot make a socket", path));
  if (::connect(socket.get(), as_sockaddr(address), sizeof(address)) != 0) {
    return tl::unexpected<Error>(system_error("nobody listens", path));
  }
  return socket;
}

Result<link::UniqueFd> listen_unix(const std::string& path) {
  TRY_ASSIGN(const sockaddr_un address, address_of(path));
  if (connect_unix(path)) return fail(ErrorCode::kUnavailable, "another process listens there", path);
  struct stat about {};
  if (::lstat(path.c_str(), &about) == 0) {
    if (!S_ISSOCK(about.st_mode)) return fail(ErrorCode::kUnavailable, "there is something that is no socket", path);
    ::unlink(path.c_str());
  }
  link::UniqueFd socket = make_socket();
  if (!socket.valid()) return tl::unexpected<Error>(system_error("cannot make a socket", path));
  const mode_t before = ::umask(0117);
  const int bound = ::bind(socket.get(), as_sockaddr(address), sizeof(address));
  ::umask(before);
  if (bound != 0 || ::listen(socket.get(), 8) != 0) return tl::unexpected<Error>(system_error("cannot listen", path));
  return socket;
}

}  // namespace pumprig::twin
