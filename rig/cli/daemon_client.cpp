#include "rig/cli/daemon_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

namespace pumprig::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxAnswer = 64 << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> system_failure(const std::string& what, const std::string& where) {
  return fail(ErrorCode::kUnavailable, what + ": " + std::strerror(errno), where);
}

Result<Descriptor> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorCode::kInvalidArgument, "the socket's path is longer than Unix allows", path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return system_failure("no socket", path);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return system_failure("no rigd answers there; start one with `rigd --socket " + path + "` or leave PUMPRIG_SOCKET unset", path);
  }
  return fd;
}

Status send_all(int fd, std::string_view bytes, const std::string& where) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return system_failure("rigd does not take the request", where);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

// Appends what comes; false at the end of the stream.
Result<bool> receive(int fd, std::string& into, const std::string& where) {
  std::array<char, 16384> buffer{};
  for (;;) {
    const auto got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("rigd does not answer", where);
    into.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0;
  }
}

Result<std::string> read_body(int fd, const std::string& where) {
  std::string bytes;
  std::optional<HttpHead> head;
  for (;;) {
    TRY_ASSIGN(const bool more, receive(fd, bytes, where));
    if (!head) {
      TRY_ASSIGN(head, parse_head(bytes));
    }
    const bool whole = head && head->content_length && bytes.size() >= head->size + *head->content_length;
    if (whole || !more) break;
    if (bytes.size() > kMaxAnswer) return fail(ErrorCode::kProtocol, "the answer is too long", where);
  }
  if (!head) return fail(ErrorCode::kUnavailable, "rigd closed the connection without an answer", where);
  if (head->status != 200) return fail(ErrorCode::kProtocol, "rigd answered with HTTP status " + std::to_string(head->status), where);
  return bytes.substr(head->size, head->content_length.value_or(std::string::npos));
}

ErrorCode code_of(const Json& error) {
  const auto text = error.contains("data") && error["data"].is_object() ? error["data"].value("code", "") : std::string();
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    if (to_text(static_cast<ErrorCode>(i)) == text) return static_cast<ErrorCode>(i);
  }
  return ErrorCode::kProtocol;
}

}  // namespace

Result<std::string> DaemonClient::call(std::string_view method, std::string_view params) const {
  const std::string body = R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) + R"(","params":)" + std::string(params) + "}";
  TRY_ASSIGN(const auto fd, connect_to(socket_));
  TRY(send_all(fd.get(),
               "POST /rpc HTTP/1.1\r\nHost: rigd\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " +
                   std::to_string(body.size()) + "\r\n\r\n" + body,
               socket_));
  TRY_ASSIGN(const auto text, read_body(fd.get(), socket_));
  const auto answer = Json::parse(text, nullptr, false);
  if (!answer.is_object() || (!answer.contains("result") && !answer.contains("error"))) {
    return fail(ErrorCode::kProtocol, "what serves this socket is no rigd", socket_);
  }
  if (answer.contains("result")) return answer["result"].dump();
  const auto& error = answer["error"];
  const std::string message = error.is_object() ? error.value("message", "") : "";
  const std::string where =
      error.is_object() && error.contains("data") && error["data"].is_object() ? error["data"].value("where", "") : "";
  return fail(error.is_object() ? code_of(error) : ErrorCode::kProtocol, message, where);
}

Status DaemonClient::follow(std::string_view job, std::uint64_t since, const std::function<bool(const ServerEvent&)>& on_event,
                            int interrupt_fd, const std::function<bool()>& on_interrupt) const {
  TRY_ASSIGN(const auto fd, connect_to(socket_));
  TRY(send_all(fd.get(), "GET /events?run=" + std::string(job) + "&since=" + std::to_string(since) + " HTTP/1.1\r\nHost: rigd\r\n\r\n",
               socket_));
  std::string bytes;
  std::optional<HttpHead> head;
  EventParser parser;
  for (;;) {
    std::array<pollfd, 2> waits{{{fd.get(), POLLIN, 0}, {interrupt_fd, POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return system_failure("cannot wait", socket_);
    if ((waits[1].revents & POLLIN) != 0 && !on_interrupt()) return {};
    if (waits[0].revents == 0) continue;
    TRY_ASSIGN(const bool more, receive(fd.get(), bytes, socket_));
    if (!more) return fail(ErrorCode::kUnavailable, "rigd ended the event stream", socket_);
    if (!head) {
      TRY_ASSIGN(head, parse_head(bytes));
      if (!head) continue;
      if (head->status != 200) return fail(ErrorCode::kProtocol, "rigd answered with HTTP status " + std::to_string(head->status), socket_);
      bytes.erase(0, head->size);
    }
    TRY_ASSIGN(const auto events, parser.feed(std::exchange(bytes, {})));
    for (const auto& event : events) {
      if (!on_event(event)) return {};
    }
  }
}

}  // namespace pumprig::cli
