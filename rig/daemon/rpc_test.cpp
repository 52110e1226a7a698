#include "rig/daemon/rpc.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "rig/daemon/fake_runner.h"

namespace pumprig::daemon {
namespace {

using Json = nlohmann::json;

class RpcTest : public testing::Test {
 protected:
  static DaemonFacts facts() {
    return {"0.1.0", "virtual", "virtual bench", "virtual", (std::filesystem::temp_directory_path() / "pumprig-no-such-runs").string()};
  }
  RpcTest()
      : queue_(runner_, [](const std::string&, const std::string&, const std::string&) {}), rpc_(queue_, facts(), [] { return 42U; }) {}

  Json ask(const std::string& text) {
    const auto answer = rpc_.handle(text, peer_);
    return answer.empty() ? Json() : Json::parse(answer);
  }
  Json call(const std::string& method, const Json& params = Json::object()) {
    const auto answer = ask(Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}.dump());
    EXPECT_EQ(answer["id"], 1);
    return answer;
  }
  Json wait_for_end(const std::string& job) {
    for (;;) {
      auto status = call("run.status", {{"run", job}})["result"]["job"];
      if (status["state"] != "queued" && status["state"] != "running") return status;
      std::this_thread::yield();
    }
  }

  FakeRunner runner_;
  JobQueue queue_;
  Rpc rpc_;
  Peer peer_{1000, 77, {}};
};

TEST_F(RpcTest, AnswersAsJsonRpcSays) {
  EXPECT_EQ(ask("{")["error"]["code"], -32700);
  EXPECT_EQ(ask("[]")["error"]["code"], -32600);
  EXPECT_EQ(ask("3")["error"]["code"], -32600);
  EXPECT_EQ(ask(R"({"id": 1, "method": "daemon.info"})")["error"]["code"], -32600);
  EXPECT_EQ(call("no.such")["error"]["code"], -32601);
  EXPECT_EQ(call("run.show", Json::array())["error"]["code"], -32602);
  EXPECT_TRUE(ask(R"({"jsonrpc": "2.0", "method": "daemon.info"})").is_null());
  EXPECT_EQ(ask(R"({"jsonrpc": "2.0", "id": "x", "method": "daemon.info"})")["id"], "x");
}

TEST_F(RpcTest, AnswersABatchWithoutItsNotifications) {
  const auto answers = ask(R"([{"jsonrpc":"2.0","id":1,"method":"daemon.info"},{"jsonrpc":"2.0","method":"daemon.info"},5])");
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0]["result"]["version"], "0.1.0");
  EXPECT_EQ(answers[1]["error"]["code"], -32600);
}

TEST_F(RpcTest, LeavesADeeplyNestedTextAlone) {
  EXPECT_TRUE(ask(std::string(100'000, '[')).contains("error"));
  const auto deep = std::string(5'000, '[') + std::string(5'000, ']');
  EXPECT_TRUE(ask(R"({"jsonrpc":"2.0","id":1,"method":"run.submit","params":{"scenario":)" + deep + "}}").contains("error"));
}

TEST_F(RpcTest, SubmittedRunCarriesWhoAskedForIt) {
  const auto job =
      call("run.submit", {{"scenario", "pass"}, {"seed", 5}, {"key_values", {{"submitted_by_uid", "0"}, {"lot", "7"}}}})["result"];
  EXPECT_EQ(job["submitted_by"], "uid 1000");
  const auto report = wait_for_end(job["job"])["report"];
  EXPECT_EQ(report["key_values"]["submitted_by_uid"], "1000");
  EXPECT_EQ(report["key_values"]["lot"], "7");
  EXPECT_EQ(report["seed"], 5);
  EXPECT_EQ(call("run.show", {{"run", report["run"]}})["result"], report);
}

TEST_F(RpcTest, ARunSubmittedOverTcpSaysSoAndCannotNameAUser) {
  peer_ = {-1, -1, "127.0.0.1:51234"};
  const auto job =
      call("run.submit", {{"scenario", "pass"}, {"key_values", {{"submitted_by_uid", "0"}, {"submitted_over_tcp", "x"}}}})["result"];
  EXPECT_EQ(job["submitted_by"], "tcp 127.0.0.1:51234");
  EXPECT_EQ(wait_for_end(job["job"])["report"]["key_values"], (Json{{"submitted_over_tcp", "127.0.0.1:51234"}}));
}

TEST_F(RpcTest, HoldsOneBenchAndRefusesAnother) {
  const auto error = call("run.submit", {{"scenario", "pass"}, {"bench", "/etc/other.json"}})["error"];
  EXPECT_EQ(error["code"], -32602);
  EXPECT_EQ(error["data"]["where"], "/bench");
  EXPECT_EQ(call("bench.info")["result"]["bench"], "virtual");
  EXPECT_EQ(call("run.submit", {{"scenario", "pass"}, {"out", "relative"}})["error"]["data"]["where"], "/out");
}

TEST_F(RpcTest, AbortsTheRunningJob) {
  const auto job = call("run.submit", {{"scenario", "hold"}})["result"]["job"].get<std::string>();
  while (call("run.status")["result"]["running"].is_null()) std::this_thread::yield();
  EXPECT_TRUE(call("bench.info")["result"]["busy"]);
  EXPECT_TRUE(call("run.abort", {{"run", job}}).contains("result"));
  EXPECT_EQ(wait_for_end(job)["report"]["verdict"], "aborted");
}

TEST_F(RpcTest, PausesARunAtItsHoldPointAndResumesIt) {
  const auto job = call("run.submit", {{"scenario", "pausable"}})["result"]["job"].get<std::string>();
  const auto await = [&](const std::string& pause, int ahead) {
    for (;;) {
      const auto now = call("run.status", {{"run", job}})["result"]["job"];
      if (now["pause"] == pause && now["hold_points_ahead"] == ahead) return;
      std::this_thread::yield();
    }
  };
  await("none", 2);
  EXPECT_TRUE(call("run.pause", {{"run", job}}).contains("result"));
  await("held", 1);
  EXPECT_EQ(call("run.pause", {{"run", job}})["result"]["pause"], "held");
  EXPECT_TRUE(call("run.resume", {{"run", job}}).contains("result"));
  await("none", 1);
  EXPECT_TRUE(call("run.pause", {{"run", job}}).contains("result"));
  const auto end = wait_for_end(job);
  EXPECT_EQ(end["state"], "finished");
  EXPECT_EQ(end["pause"], "none");
  EXPECT_EQ(call("run.pause", {{"run", job}})["error"]["data"]["code"], "unavailable");
}

TEST_F(RpcTest, RefusesAPauseThatTheScenarioDoesNotAllow) {
  const auto job = call("run.submit", {{"scenario", "hold"}})["result"]["job"].get<std::string>();
  while (call("run.status")["result"]["running"].is_null()) std::this_thread::yield();
  EXPECT_EQ(call("run.pause", {{"run", job}})["error"]["data"]["code"], "unsupported");
  EXPECT_TRUE(call("run.resume", {{"run", job}}).contains("result"));
  EXPECT_TRUE(call("run.abort", {{"run", job}}).contains("result"));
  wait_for_end(job);
}

TEST_F(RpcTest, SaysWhatIsWrongWithANameThatIsUnknown) {
  for (const auto* method : {"run.abort", "run.pause", "run.resume", "run.status", "run.show"}) {
    const auto error = call(method, {{"run", "nothing"}})["error"];
    EXPECT_EQ(error["data"]["code"], "not_found") << method;
  }
  EXPECT_TRUE(call("run.list")["result"]["runs"].empty());
}

}  // namespace
}  // namespace pumprig::daemon
