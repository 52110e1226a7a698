#include "rig/daemon/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "rig/daemon/fake_runner.h"

namespace pumprig::daemon {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// A client that knows nothing but sockets and bytes.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  explicit RawClient(const fs::path& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
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
  // Reads until `text` has come (all up to its end is returned and taken), or until the far end closes.
  std::string read_until(const std::string& text) {
    for (;;) {
      const auto at = buffer_.find(text);
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

TEST_F(ServerTest, AnswersSeveralCallsOnOneConnection) {
  begin();
  RawClient client(socket_);
  EXPECT_EQ(client.rpc("daemon.info")["result"]["version"], "0.1.0");
  EXPECT_EQ(client.rpc("bench.info")["result"]["name"], "virtual bench");
  EXPECT_EQ(client.rpc("nothing")["error"]["code"], -32601);
}

TEST_F(ServerTest, OnlyOwnerAndGroupMayTalkAndTheUserIsRecorded) {
  begin();
  struct stat status {};
  ASSERT_EQ(::stat(socket_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660U);
  RawClient client(socket_);
  EXPECT_EQ(client.rpc("run.submit", {{"scenario", "pass"}})["result"]["submitted_by"], "uid " + std::to_string(::getuid()));
}

TEST_F(ServerTest, RefusesABodyThatIsTooLarge) {
  begin();
  RawClient client(socket_);
  client.send("POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n");
  EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 413"));
  EXPECT_NE(refusals().find("refused: a body of more than 10000 bytes, from uid " + std::to_string(::getuid())), std::string::npos);
  EXPECT_EQ(RawClient(socket_).rpc("daemon.info")["result"]["version"], "0.1.0");
}

constexpr const char* kInfo = R"({"jsonrpc": "2.0", "id": 1, "method": "daemon.info"})";

TEST_F(ServerTest, ServesNoTcpUnlessAskedFor) {
  begin();
  EXPECT_EQ(server_->tcp_port(), 0);
}

TEST_F(ServerTest, AnswersOverTcpOnlyWithTheToken) {
  begin_with_tcp();
  const auto port = server_->tcp_port();
  RawClient good(port);
  good.post(kInfo, "Authorization: Bearer 0123456789abcdef\r\n");
  EXPECT_TRUE(good.read_until("\"version\":\"0.1.0\"").starts_with("HTTP/1.1 200"));
  for (const auto* wrong :
       {"", "Authorization: Bearer 0123456789abcdee\r\n", "Authorization: Bearer\r\n", "Authorization: Basic MDEy\r\n"}) {
    RawClient bad(port);
    bad.post(kInfo, wrong);
    const auto answer = bad.read_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 401")) << wrong;
    EXPECT_EQ(answer.find("version"), std::string::npos);
  }
  RawClient events(port);
  events.send("GET /events?since=0 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(events.read_all().starts_with("HTTP/1.1 401"));
  EXPECT_NE(refusals().find("refused: a wrong token, from tcp 127.0.0.1:"), std::string::npos);
  EXPECT_NE(refusals().find("refused: no token, from tcp 127.0.0.1:"), std::string::npos);
  EXPECT_EQ(refusals().find("0123456789"), std::string::npos) << "a token is no matter for a log";
}

TEST_F(ServerTest, ARunOverTcpIsRecordedAsSuch) {
  begin_with_tcp();
  RawClient client(server_->tcp_port());
  client.post(R"({"jsonrpc": "2.0", "id": 1, "method": "run.submit", "params": {"scenario": "pass"}})",
              "Authorization: Bearer 0123456789abcdef\r\n");
  EXPECT_NE(client.read_until("\"state\"").find("\"submitted_by\":\"tcp 127.0.0.1:"), std::string::npos);
}

TEST_F(ServerTest, RefusesWhatAForeignPageSends) {
  begin_with_tcp();
  for (const auto* origin : {"https://evil.example", "http://127.0.0.1", "null"}) {
    RawClient client(server_->tcp_port());
    client.post(kInfo, "Authorization: Bearer 0123456789abcdef\r\nOrigin: " + std::string(origin) + "\r\n");
    EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 403")) << origin;
    RawClient local(socket_);
    local.post(kInfo, "Origin: " + std::string(origin) + "\r\n");
    EXPECT_TRUE(local.read_all().starts_with("HTTP/1.1 403")) << origin;
  }
  EXPECT_NE(refusals().find("refused: a foreign origin, from tcp 127.0.0.1:"), std::string::npos);
}

TEST_F(ServerTest, DropsWhoSendsARequestTooSlowlyAndServesTheOthers) {
  more_.request_limit = std::chrono::milliseconds(500);
  begin();
  RawClient slow(socket_);
  slow.send("POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
  RawClient slower(socket_);
  slower.send("POST /rp");
  RawClient idle(socket_);
  EXPECT_EQ(slow.read_all(), "");
  EXPECT_EQ(slower.read_all(), "");
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_EQ(RawClient(socket_).rpc("daemon.info")["result"]["version"], "0.1.0");
  const auto told = refusals();
  const std::string line = "refused: a request that came too slowly, from uid " + std::to_string(::getuid());
  const auto first = told.find(line);
  ASSERT_NE(first, std::string::npos) << told;
  EXPECT_NE(told.find(line, first + 1), std::string::npos) << "who had sent a part of a head is told of, too: " << told;
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 2) << "who sent nothing was only idle: " << told;
}

TEST_F(ServerTest, RefusesMoreConnectionsThanItMayHave) {
  more_.max_connections = 4;
  begin_with_tcp();
  const auto authorised = std::string("Authorization: Bearer 0123456789abcdef\r\n");
  RawClient first(server_->tcp_port());
  first.post(kInfo, authorised);
  first.read_until("last_event");
  RawClient second(server_->tcp_port());
  second.post(kInfo, authorised);
  second.read_until("last_event");
  RawClient third(server_->tcp_port());
  EXPECT_EQ(third.read_all(), "");
  EXPECT_NE(refusals().find("refused: too many connections, from tcp"), std::string::npos);
  EXPECT_EQ(RawClient(socket_).rpc("daemon.info")["result"]["version"], "0.1.0") << "the other half is kept for the socket";
}

TEST_F(ServerTest, SaysWhatItServes) {
  begin();
  RawClient client(socket_);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.read_until("POST /rpc").starts_with("HTTP/1.1 404"));
  RawClient other(socket_);
  other.send("GET /rpc HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(other.read_until("\r\n\r\n").starts_with("HTTP/1.1 405"));
  RawClient noise(socket_);
  noise.send(std::string(5000, '\x80') + "\r\n\r\n");
  noise.read_all();
  EXPECT_EQ(RawClient(socket_).rpc("daemon.info")["result"]["version"], "0.1.0");
}

TEST_F(ServerTest, StreamsNumberedEventsAndResumesAfterTheLastOneSeen) {
  begin();
  RawClient client(socket_);
  RawClient events(socket_);
  events.send("GET /events?since=0 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(events.read_until("\r\n\r\n").find("text/event-stream"), std::string::npos);
  client.rpc("run.submit", {{"scenario", "pass"}});
  EXPECT_TRUE(events.read_until("\n\n").starts_with("id: 1\nevent: job\ndata: {\"job\":\"job-1\""));
  EXPECT_TRUE(events.read_until("\n\n").starts_with("id: 2\nevent: job\n"));
  events.read_until("\"state\":\"finished\",\"position\"");
  RawClient again(socket_);
  again.send("GET /events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 1\r\n\r\n");
  again.read_until("\r\n\r\n");
  EXPECT_TRUE(again.read_until("\n\n").starts_with("id: 2\n"));
}

TEST_F(ServerTest, TellsASlowSubscriberWhichEventsItLost) {
  begin(100);
  RawClient client(socket_);
  client.rpc("run.submit", {{"scenario", "chatter"}});
  while (client.rpc("run.status", {{"run", "job-1"}})["result"]["job"]["state"] != "finished") std::this_thread::yield();
  RawClient events(socket_);
  events.send("GET /events?since=3 HTTP/1.1\r\nHost: x\r\n\r\n");
  events.read_until("\r\n\r\n");
  const auto gap = events.read_until("\n\n");
  EXPECT_NE(gap.find("event: gap\ndata: {\"first\":4,\"last\":"), std::string::npos) << gap;
  const auto lost_to = std::stoul(gap.substr(4));
  EXPECT_TRUE(events.read_until("\n\n").starts_with("id: " + std::to_string(lost_to + 1) + "\n"));
}

TEST_F(ServerTest, OneWhoNeverReadsHoldsUpNeitherTheRunNorTheOthers) {
  begin(100'000);
  RawClient client(socket_);
  RawClient dead(socket_);
  dead.send("GET /events?since=0 HTTP/1.1\r\nHost: x\r\n\r\n");
  RawClient events(socket_);
  events.send("GET /events?since=0 HTTP/1.1\r\nHost: x\r\n\r\n");
  events.read_until("\r\n\r\n");
  // Far more than a socket takes in.
  for (int i = 0; i < 3; ++i) client.rpc("run.submit", {{"scenario", "chatter"}});
  const auto seen = events.read_until("{\"job\":\"job-3\",\"run\":\"run-3\",\"scenario\":\"chatter\",\"submitted_by\":\"uid " +
                                      std::to_string(::getuid()) + "\",\"state\":\"finished\"");
  EXPECT_EQ(seen.find("event: gap"), std::string::npos);
  std::size_t values = 0;
  for (auto at = seen.find("event: value"); at != std::string::npos; at = seen.find("event: value", at + 1)) ++values;
  EXPECT_EQ(values, 30'000U);
}

TEST_F(ServerTest, StreamsOneJobToItsEnd) {
  begin();
  RawClient client(socket_);
  client.rpc("run.submit", {{"scenario", "hold"}});
  client.rpc("run.submit", {{"scenario", "pass"}});
  RawClient first(socket_);
  first.send("GET /events?run=job-1 HTTP/1.1\r\nHost: x\r\n\r\n");
  RawClient second(socket_);
  second.send("GET /events?run=job-2 HTTP/1.1\r\nHost: x\r\n\r\n");
  first.read_until("event: progress");
  client.rpc("run.abort", {{"run", "job-1"}});
  EXPECT_NE(first.read_all().find("\"verdict\":\"aborted\""), std::string::npos);
  const auto all = second.read_all();
  EXPECT_EQ(all.find("job-1"), std::string::npos);
  EXPECT_NE(all.find("\"verdict\":\"pass\""), std::string::npos);
  RawClient nobody(socket_);
  nobody.send("GET /events?run=job-9 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(nobody.read_until("\r\n\r\n").starts_with("HTTP/1.1 404"));
}

TEST_F(ServerTest, EndsWithTheRunAbortedAndSubscribersTold) {
  begin();
  RawClient client(socket_);
  RawClient events(socket_);
  events.send("GET /events?since=0 HTTP/1.1\r\nHost: x\r\n\r\n");
  client.rpc("run.submit", {{"scenario", "hold"}});
  events.read_until("\"state\":\"running\",\"position\"");
  end();
  const auto last = events.read_all();
  EXPECT_NE(last.find("\"verdict\":\"aborted\""), std::string::npos);
  EXPECT_FALSE(fs::exists(socket_));
}

TEST_F(ServerTest, TheFirstSignalAbortsAndTheSecondLeavesTheTeardownOut) {
  begin();
  RawClient client(socket_);
  RawClient events(socket_);
  events.send("GET /events?since=0 HTTP/1.1\r\nHost: x\r\n\r\n");
  client.rpc("run.submit", {{"scenario", "stubborn"}});
  client.rpc("run.submit", {{"scenario", "pass"}});
  events.read_until("\"state\":\"running\",\"position\"");
  ::kill(::getpid(), SIGTERM);
  events.read_until("\"state\":\"withdrawn\",\"position\"");
  ::kill(::getpid(), SIGTERM);
  EXPECT_NE(events.read_all().find("\"verdict\":\"aborted\""), std::string::npos);
  thread_.join();
}

TEST_F(ServerTest, OneDaemonASocketAndADeadOnesSocketIsTakenOver) {
  begin();
  ServerOptions options;
  options.socket = socket_;
  EXPECT_EQ(Server::create(options, runner_, facts()).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(RawClient(socket_).rpc("daemon.info")["result"]["version"], "0.1.0");
  end();
  const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(dead);
  begin();
  EXPECT_EQ(RawClient(socket_).rpc("daemon.info")["result"]["version"], "0.1.0");
}

}  // namespace
}  // namespace pumprig::daemon
