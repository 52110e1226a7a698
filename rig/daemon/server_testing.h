// For the tests of the server: a client, and a server on a thread of its own.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "rig/daemon/fake_runner.h"
#include "rig/daemon/server.h"

namespace pumprig::daemon {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// A client that knows nothing but sockets and bytes.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(open_socket(AF_INET)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  explicit RawClient(const fs::path& path) : fd_(open_socket(AF_UNIX)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { ::close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }
  void send(const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      const auto sent = ::send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return;
      at += static_cast<std::size_t>(sent);
    }
  }
  // Reads until `text` has come (all up to its end is returned and taken), until the far end closes, or until nothing has come for a
  // minute.
  std::string read_until(const std::string& text) {
    for (std::size_t searched = 0;;) {
      const auto at = buffer_.find(text, searched);
      searched = buffer_.size() < text.size() ? 0 : buffer_.size() - text.size() + 1;  // what came before has no begin of it
      if (at != std::string::npos) {
        auto taken = buffer_.substr(0, at + text.size());
        buffer_.erase(0, at + text.size());
        return taken;
      }
      std::array<char, 4096> piece{};
      const auto got = ::recv(fd_, piece.data(), piece.size(), 0);
      if (got <= 0) return std::exchange(buffer_, {});
      buffer_.append(piece.data(), static_cast<std::size_t>(got));
    }
  }
  std::string read_all() { return read_until(std::string("\0never", 6)); }

  void post(const std::string& body, const std::string& more = "") {
    send("POST /rpc HTTP/1.1\r\nHost: x\r\n" + more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  Json rpc(const std::string& method, const Json& params = Json::object()) {
    post(Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}.dump());
    const auto head = read_until("\r\n\r\n");
    const auto field = head.find("Content-Length: ");
    const auto length = std::stoul(head.substr(field + 16));
    while (buffer_.size() < length) {
      std::array<char, 4096> piece{};
      const auto got = ::recv(fd_, piece.data(), piece.size(), 0);
      if (got <= 0) break;
      buffer_.append(piece.data(), static_cast<std::size_t>(got));
    }
    const auto body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return Json::parse(body);
  }

 private:
  // A text that never comes fails its test instead of holding up all of them.
  static int open_socket(int family) {
    const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{60, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
  }

  int fd_;
  bool connected_ = false;
  std::string buffer_;
};

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    std::string pattern = (fs::temp_directory_path() / "pumprig-rigd-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    socket_ = folder_ / "rigd.sock";
  }
  ~ServerTest() override {
    end();
    fs::remove_all(folder_);
  }

  void begin(std::size_t remembered = 4096) {
    ServerOptions options = more_;
    options.socket = socket_;
    options.max_body = 10'000;
    options.remembered_events = remembered;
    options.log = [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      refusals_ += line + "\n";
    };
    auto server = Server::create(options, runner_, facts());
    ASSERT_TRUE(server) << server.error().describe();
    server_ = std::move(*server);
    thread_ = std::thread([this] { server_->run(); });
  }
  void end() {
    if (!thread_.joinable()) return;
    server_->stop();
    thread_.join();
    server_.reset();
  }
  DaemonFacts facts() const { return {"0.1.0", "virtual", "virtual bench", "virtual", folder_.string()}; }

  std::string refusals() {
    const std::lock_guard lock(mutex_);
    return refusals_;
  }
  // With TCP on a free port.
  void begin_with_tcp() {
    more_.tcp = TcpOptions{"127.0.0.1", 0, "0123456789abcdef"};
    begin();
  }

  FakeRunner runner_;
  ServerOptions more_;
  std::mutex mutex_;
  std::string refusals_;
  fs::path folder_;
  fs::path socket_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace pumprig::daemon
