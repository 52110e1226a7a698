#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "rig/daemon/rpc.h"
#include "rig/session/local_runner.h"

namespace pumprig::daemon {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;

constexpr const char* kStart =
    R"({"scenario": 1, "name": "by_hand", "title": "By hand", "record": [{"channel": "witness.step"}, {"channel": "pressure.pressure", "every": "1 min"}]})";

// The virtual bench, held by a client of the API.
class ByHand : public testing::Test {
 protected:
  ByHand()
      : folder_(fs::temp_directory_path() / ("pumprig-by-hand-" + std::to_string(::getpid()))),
        runner_(session::make_local_runner()),
        queue_(*runner_, [](const std::string&, const std::string&, const std::string&) {}),
        rpc_(queue_, {"0.1.0", "virtual", "virtual bench", "virtual", folder_.string()}, [] { return 0U; }) {}
  ~ByHand() override {
    queue_.shut_down(session::StopLevel::kAbort, nullptr);
    for (const auto& job : queue_.list(true)) wait_for_end(job.id);
    fs::remove_all(folder_);
  }

  Json call(const std::string& method, const Json& params) {
    return Json::parse(rpc_.handle(Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}.dump(), peer_));
  }
  std::string open(Json more = Json::object()) {
    more["text"] = kStart;
    return call("hand.open", more)["result"]["job"];
  }
  // Until it is done.
  Json result(const std::string& job, std::uint64_t number) {
    for (;;) {
      auto answer = call("hand.result", {{"run", job}, {"number", number}});
      if (answer.contains("error") || answer["result"]["done"]) return answer;
      std::this_thread::yield();
    }
  }
  Json give(const std::string& job, const Json& what, const std::string& command = "step") {
    const auto given = call("hand.do", {{"run", job}, {"command", command}, {"what", what}});
    return result(job, given["result"]["number"])["result"];
  }
  Json wait_for_end(const std::string& job) {
    for (;;) {
      auto status = call("run.status", {{"run", job}})["result"]["job"];
      if (status["state"] != "queued" && status["state"] != "running") return status;
      std::this_thread::yield();
    }
  }

  fs::path folder_;
  std::unique_ptr<session::Runner> runner_;
  JobQueue queue_;
  Rpc rpc_;
  Peer peer_{1000, 77, {}, 5};
};

TEST_F(ByHand, AClientGivesStepsReadsTheirResultsAndEndsTheRun) {
  const auto job = open();
  EXPECT_TRUE(result(job, 0)["result"]["error"].is_null());
  EXPECT_TRUE(give(job, {{"step", "program"}, {"rate", "2 mL/day"}})["error"].is_null());
  EXPECT_TRUE(give(job, {{"step", "start"}})["error"].is_null());
  const auto before = give(job, {{"step", "wait"}, {"for", "1 h"}})["answer"]["now_ns"].get<std::int64_t>();
  const auto begun = give(job,
                          {{"step", "measure"},
                           {"id", "steps"},
                           {"what", "steps"},
                           {"channel", "witness.step"},
                           {"window", {{"over", "now"}, {"settle", "0 s"}}},
                           {"limit", {{"at_least", "1"}}}},
                          "begin");
  EXPECT_TRUE(begun["error"].is_null()) << begun;
  give(job, {{"step", "wait"}, {"for", "1 h"}});
  const auto ended = give(job, "steps", "end");
  ASSERT_EQ(ended["answer"]["checks"].size(), 1U) << ended;
  EXPECT_EQ(ended["answer"]["checks"][0]["verdict"], "pass");
  EXPECT_GE(ended["answer"]["now_ns"].get<std::int64_t>() - before, 3'600'000'000'000);
  EXPECT_EQ(give(job, "pressure.pressure", "latest")["answer"]["latest"]["unit"], "kPa gauge");
  EXPECT_TRUE(call("hand.end", {{"run", job}}).contains("result"));
  const auto end = wait_for_end(job);
  EXPECT_EQ(end["report"]["state"], "finished");
  EXPECT_EQ(end["report"]["verdict"], "pass");
  EXPECT_EQ(end["report"]["key_values"]["submitted_by_uid"], "1000");
  EXPECT_TRUE(end["by_hand"]);
}

TEST_F(ByHand, AStepWithAMistakeIsAnsweredWithItsPlaceAndTheRunGoesOn) {
  const auto job = open();
  const auto wrong = give(job, {{"step", "program"}, {"rate", "0.5 mL/dy"}});
  EXPECT_EQ(wrong["error"]["code"], "invalid_argument");
  EXPECT_THAT(wrong.dump(), HasSubstr("/rate"));
  EXPECT_TRUE(give(job, {{"step", "start"}})["error"].is_null());
  EXPECT_TRUE(call("hand.end", {{"run", job}, {"reason", "had enough"}}).contains("result"));
  const auto report = wait_for_end(job)["report"];
  EXPECT_EQ(report["verdict"], "aborted");
  EXPECT_EQ(report["reason"], "had enough");
  EXPECT_THAT(result(job, 99)["error"]["data"]["code"], "not_found");
}

TEST_F(ByHand, AClientThatIsSilentForLongerThanItsLeaseIsLost) {
  const auto job = open({{"lease_s", 2}});
  result(job, 0);
  give(job, {{"step", "start"}});
  for (int i = 0; i < 20; ++i) {
    queue_.age_leases(std::chrono::seconds(1));
    EXPECT_TRUE(call("hand.keep", {{"run", job}}).contains("result"));
  }
  EXPECT_EQ(call("run.status", {{"run", job}})["result"]["job"]["state"], "running");
  for (int i = 0; i < 3; ++i) queue_.age_leases(std::chrono::seconds(1));
  const auto report = wait_for_end(job)["report"];
  EXPECT_EQ(report["verdict"], "aborted");
  EXPECT_THAT(report["reason"].get<std::string>(), HasSubstr("client lost"));
  const auto late = give(job, {{"step", "start"}});
  EXPECT_EQ(late["error"]["code"], "cancelled");
  EXPECT_THAT(late["error"]["text"].get<std::string>(), HasSubstr("client lost"));
}

TEST_F(ByHand, AClientThatIsBoundToItsConnectionIsLostWithItInTheMiddleOfAStep) {
  const auto bound = open({{"bound", true}, {"speed", 1}});
  result(bound, 0);
  call("hand.do", {{"run", bound}, {"what", {{"step", "wait"}, {"for", "10 days"}}}});
  peer_.connection = 6;
  const auto waits = open({{"bound", true}});
  const auto free = open();
  queue_.connection_ended(7);
  EXPECT_EQ(call("run.status", {{"run", bound}})["result"]["job"]["state"], "running");
  queue_.connection_ended(6);
  EXPECT_EQ(wait_for_end(waits)["state"], "withdrawn");
  EXPECT_EQ(give(waits, {{"step", "start"}})["error"]["code"], "cancelled");
  queue_.connection_ended(5);
  EXPECT_THAT(wait_for_end(bound)["report"]["reason"].get<std::string>(), HasSubstr("client lost"));
  EXPECT_TRUE(result(free, 0)["result"]["error"].is_null());
}

TEST_F(ByHand, OnceItIsToldToEndTheRunNeedsItsClientNoMore) {
  const auto job = open({{"bound", true}, {"lease_s", 1}});
  call("hand.do", {{"run", job}, {"what", {{"step", "wait"}, {"for", "1 h"}}}});
  call("hand.end", {{"run", job}});
  queue_.connection_ended(5);
  queue_.age_leases(std::chrono::hours(1));
  EXPECT_EQ(wait_for_end(job)["report"]["state"], "finished");
}

TEST_F(ByHand, AnotherRunTakesNoStepsFromAClient) {
  const std::string job = call("run.submit", {{"scenario", "a"}, {"text", "no scenario"}})["result"]["job"];
  for (const auto* method : {"hand.keep", "hand.end"}) {
    EXPECT_EQ(call(method, {{"run", job}})["error"]["data"]["code"], "unsupported") << method;
  }
  EXPECT_EQ(call("hand.do", {{"run", "nothing"}, {"what", "x"}, {"command", "end"}})["error"]["data"]["code"], "not_found");
}

TEST_F(ByHand, ABenchThatDoesNotOpenIsToldToWhoWaitsForIt) {
  const std::string job = call("hand.open", {{"text", "{}"}})["result"]["job"];
  EXPECT_FALSE(result(job, 0)["result"]["error"].is_null());
  EXPECT_EQ(wait_for_end(job)["state"], "refused");
}

TEST_F(ByHand, KeepsTheLatestAnswersAndRefusesToPileUpCommands) {
  const auto job = open();
  for (std::uint64_t i = 1; i <= HandDesk::kMostAnswers + 5; ++i) give(job, "witness.step", "latest");
  EXPECT_EQ(result(job, 1)["error"]["data"]["code"], "not_found");
  EXPECT_TRUE(result(job, 6).contains("result"));
  EXPECT_TRUE(result(job, 0).contains("result"));
  const auto slow = open({{"speed", 1}});
  for (std::size_t i = 0; i < HandDesk::kMostWaiting; ++i) {
    EXPECT_TRUE(call("hand.do", {{"run", slow}, {"what", "x"}, {"command", "end"}}).contains("result"));
  }
  EXPECT_EQ(call("hand.do", {{"run", slow}, {"what", "x"}, {"command", "end"}})["error"]["data"]["code"], "unavailable");
}

}  // namespace
}  // namespace pumprig::daemon
