#include <csignal>

#include "rig/daemon/server_testing.h"

namespace pumprig::daemon {
namespace {

TEST_F(ServerTest, AnswersSeveralCallsOnOneConnection) {
  begin();
  RawClient client(socket_);
  EXPECT_EQ(client.rpc("daemon.info")["result"]["version"], "0.1.0");
  EXPECT_EQ(client.rpc("bench.info")["result"]["name"], "virtual bench");
  EXPECT_EQ(client.rpc("nothing")["error"]["code"], -32601);
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
  auto seen = events.read_until("{\"job\":\"job-3\",\"run\":\"run-3\"");
  seen += events.read_until("\"state\":\"finished\"");
  ASSERT_TRUE(seen.ends_with("\"state\":\"finished\"")) << seen.substr(seen.size() - std::min<std::size_t>(seen.size(), 1000));
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
