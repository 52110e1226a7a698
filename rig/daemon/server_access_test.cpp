// Who may talk to the server, and how much and how slowly.
#include <sys/stat.h>

#include <algorithm>

#include "rig/daemon/server_testing.h"

namespace pumprig::daemon {
namespace {

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

TEST_F(ServerTest, OneWhoSentAllOfTooMuchStillGetsTheAnswer) {
  begin();
  RawClient client(socket_);
  client.post(std::string(4 << 20, ' '));
  EXPECT_NE(client.read_all().find("a body of more than 10000 bytes"), std::string::npos);
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

TEST_F(ServerTest, AnswersAPageThatItWasToldOf) {
  more_.origins = {"https://bench.example"};
  begin();
  RawClient good(socket_);
  good.post(kInfo, "Origin: https://bench.example\r\n");
  EXPECT_TRUE(good.read_until("last_event").starts_with("HTTP/1.1 200"));
  RawClient bad(socket_);
  bad.post(kInfo, "Origin: https://bench.example.evil\r\n");
  EXPECT_TRUE(bad.read_all().starts_with("HTTP/1.1 403"));
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

}  // namespace
}  // namespace pumprig::daemon
