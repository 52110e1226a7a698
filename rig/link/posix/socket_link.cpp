#include "rig/link/posix/socket_link.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "rig/link/posix/fd_link.h"

namespace pumprig::link {
namespace {

class SocketLink : public FdLink {
 public:
  using FdLink::FdLink;

 protected:
  virtual Result<UniqueFd> connect() = 0;

 private:
  int fd() const override { return fd_.get(); }
  bool is_socket() const override { return true; }
  std::string_view hang_up_text() const override { return "the far end closed the connection"; }
  Status do_set_line(const LineSettings&) override { return {}; }
  void do_close() override { fd_.reset(); }
  Status do_reopen() override {
    fd_.reset();
    TRY_ASSIGN(UniqueFd connected, connect());
    const int flags = ::fcntl(connected.get(), F_GETFL);
    if (flags < 0 || ::fcntl(connected.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
      return fail(ErrorCode::kInternal, std::string("cannot make the socket non-blocking: ") + std::strerror(errno), describe());
    }
    fd_ = std::move(connected);
    return {};
  }

  UniqueFd fd_;
};

// The kernel ends a connect that takes longer.
void limit_connect_time(int fd) {
  const timeval limit{3, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

class TcpLink final : public SocketLink {
 public:
  TcpLink(std::string host, std::string port, exec::Executor& executor)
      : SocketLink(executor), host_(std::move(host)), port_(std::move(port)) {}
  std::string describe() const override {
    const bool v6 = host_.find(':') != std::string::npos;
    return "tcp:" + (v6 ? "[" + host_ + "]" : host_) + ":" + port_;
  }

 private:
  Result<UniqueFd> connect() override {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host_.c_str(), port_.c_str(), &hints, &found); error != 0) {
      return fail(ErrorCode::kNotFound, std::string("cannot find the host: ") + ::gai_strerror(error), describe());
    }
    int why = ECONNREFUSED;
    UniqueFd connected;
    for (const addrinfo* address = found; address != nullptr && !connected.valid(); address = address->ai_next) {
      UniqueFd fd(::socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol));
      if (!fd.valid()) continue;
      limit_connect_time(fd.get());
      if (::connect(fd.get(), address->ai_addr, address->ai_addrlen) == 0) {
        connected = std::move(fd);
      } else {
        why = errno;
      }
    }
    ::freeaddrinfo(found);
    if (!connected.valid()) {
      return fail(ErrorCode::kUnavailable, std::string("cannot connect: ") + std::strerror(why) + "; is the far end running?", describe());
    }
    const int on = 1;
    ::setsockopt(connected.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connected;
  }

  std::string host_;
  std::string port_;
};

class UnixLink final : public SocketLink {
 public:
  UnixLink(std::string path, exec::Executor& executor) : SocketLink(executor), path_(std::move(path)) {}
  std::string describe() const override { return "unix:" + path_; }

 private:
  Result<UniqueFd> connect() override {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) {
      return fail(ErrorCode::kInvalidArgument,
                  "the path of a Unix socket has at most " + std::to_string(sizeof address.sun_path - 1) + " letters", describe());
    }
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return fail(ErrorCode::kUnavailable, std::string("cannot make a socket: ") + std::strerror(errno), describe());
    limit_connect_time(fd.get());
    if (::connect(fd.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)), sizeof address) != 0) {
      const auto code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
      return fail(code, std::string("cannot connect: ") + std::strerror(errno) + "; is the far end running?", describe());
    }
    return fd;
  }

  std::string path_;
};

}  // namespace

Result<std::unique_ptr<Link>> open_tcp(const std::string& host, const std::string& port, exec::Executor& executor) {
  auto link = std::make_unique<TcpLink>(host, port, executor);
  TRY(link->reopen());
  return link;
}

Result<std::unique_ptr<Link>> open_unix(const std::string& path, exec::Executor& executor) {
  auto link = std::make_unique<UnixLink>(path, executor);
  TRY(link->reopen());
  return link;
}

}  // namespace pumprig::link
