#include "rig/session/local_runner.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <thread>

#include "rig/record/reader.h"

namespace pumprig::session {
namespace {

namespace fs = std::filesystem;

constexpr const char* kScenario = R"({"scenario": 1, "name": "short", "title": "A short delivery", "steps": [
  {"step": "program", "rate": "2 mL/day"}, {"step": "start"},
  {"step": "phase", "title": "delivery", "as": "delivery", "during": [{"step": "wait", "for": "2 h"}]},
  {"step": "measure", "id": "flow", "what": "mean_flow", "channel": "flow.volume", "window": {"over": "delivery", "settle": "1 h"},
   "limit": {"within": "14.5 %", "of": "2 mL/day"}, "requirements": ["REQ-103"]}]})";

class Log : public RunObserver {
 public:
  void on_started(const RunReport& so_far) override { started = so_far; }
  void on_progress(const Progress& progress) override {
    rising = rising && progress.fraction >= last.fraction;
    last = progress;
    ++ticks;
    if (stop_at_first != nullptr) stop_at_first->request();
    if (stop_twice) stop_at_first->request();
  }
  void on_check(const CheckRow& check) override { checks.push_back(check.id); }
  void on_hold(std::size_t ahead, bool held) override {
    holds.emplace_back(ahead, held);
    if (held && when_held) when_held();
  }

  RunReport started;
  Progress last;
  bool rising = true;
  int ticks = 0;
  std::vector<std::string> checks;
  std::vector<std::pair<std::size_t, bool>> holds;
  std::function<void()> when_held;
  StopSwitch* stop_at_first = nullptr;
  bool stop_twice = false;
};

class LocalRunnerTest : public testing::Test {
 protected:
  LocalRunnerTest() {
    std::string pattern = (fs::temp_directory_path() / "pumprig-session-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~LocalRunnerTest() override { fs::remove_all(folder_); }
  RunRequest request() const {
    RunRequest request;
    request.scenario = "short.json";
    request.scenario_text = kScenario;
    request.out = (folder_ / "runs").string();
    return request;
  }
  static bool reached_safe_state(const RunReport& report) {
    const auto run = record::RunReader::open(report.path);
    if (!run) return false;
    const auto events = run->events();
    if (!events) return false;
    for (const auto& stored : *events) {
      if (stored.event.kind == "safe_state") return stored.event.text == "established and read back";
    }
    return false;
  }

  fs::path folder_;
};

// As kScenario, with two places where it may be paused.
RunRequest with_hold_points(RunRequest request) {
  std::string text = kScenario;
  const std::string start = R"({"step": "start"},)";
  text.insert(text.find(start) + start.size(), R"({"step": "hold_point", "title": "begun"}, {"step": "hold_point", "title": "again"},)");
  request.scenario_text = text;
  return request;
}

using Holds = std::vector<std::pair<std::size_t, bool>>;

TEST_F(LocalRunnerTest, PassesAHoldPointWhenNobodyAskedForAPause) {
  Log log;
  StopSwitch stop;
  const auto report = make_local_runner()->run(with_hold_points(request()), log, stop);
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->verdict, Verdict::kPass);
  EXPECT_EQ(log.holds, (Holds{{2, false}, {1, false}, {0, false}}));
}

TEST_F(LocalRunnerTest, StandsAtAHoldPointUntilItIsResumedAndMeasuresTheSame) {
  Log unpaused;
  StopSwitch nobody;
  const auto plain = make_local_runner()->run(with_hold_points(request()), unpaused, nobody);
  ASSERT_TRUE(plain) << plain.error().describe();
  Log log;
  StopSwitch stop;
  stop.pause(true);
  std::thread friend_of_the_pump;
  // Virtual time stands however long this takes.
  log.when_held = [&] {
    if (friend_of_the_pump.joinable()) friend_of_the_pump.join();
    friend_of_the_pump = std::thread([&stop] {
      for (int i = 0; i < 1000; ++i) std::this_thread::yield();
      stop.pause(false);
    });
  };
  const auto report = make_local_runner()->run(with_hold_points(request()), log, stop);
  friend_of_the_pump.join();
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->verdict, Verdict::kPass);
  EXPECT_EQ(log.holds, (Holds{{2, false}, {1, true}, {1, false}, {0, false}}));
  EXPECT_EQ(report->digest, plain->digest);
  EXPECT_EQ(report->scenario_time, plain->scenario_time);
  const auto run = record::RunReader::open(report->path);
  ASSERT_TRUE(run);
  const auto events = run->events();
  ASSERT_TRUE(events);
  std::vector<std::string> pauses;
  for (const auto& stored : *events) {
    if (stored.event.kind == "pause") pauses.push_back(stored.event.text);
  }
  EXPECT_EQ(pauses, (std::vector<std::string>{"held at the hold point \"begun\"", "resumed"}));
}

TEST_F(LocalRunnerTest, AnAbortEndsAPauseInTheSafeState) {
  Log log;
  StopSwitch stop;
  stop.pause(true);
  log.when_held = [&stop] { stop.request(); };
  const auto report = make_local_runner()->run(with_hold_points(request()), log, stop);
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->verdict, Verdict::kAborted);
  EXPECT_TRUE(reached_safe_state(*report));
}

TEST_F(LocalRunnerTest, TakesARequestToAReportAndTellsOnTheWay) {
  Log log;
  StopSwitch stop;
  auto asked = request();
  asked.key_values = {{"lot", "7"}};
  asked.operator_name = "Ada";
  const auto report = make_local_runner()->run(asked, log, stop);
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->verdict, Verdict::kPass);
  EXPECT_EQ(exit_code(std::span(&*report, 1)), 0);
  EXPECT_EQ(report->operator_name, "Ada");
  EXPECT_EQ(report->key_values, asked.key_values);
  EXPECT_EQ(report->file, "short.json");
  EXPECT_GE(report->scenario_time, std::chrono::hours(2));
  EXPECT_EQ(log.started.id, report->id);
  EXPECT_EQ(log.checks, std::vector<std::string>{"flow"});
  EXPECT_TRUE(log.rising);
  EXPECT_GT(log.ticks, 3);
  EXPECT_TRUE(reached_safe_state(*report));
  EXPECT_FALSE(fs::exists(report->path + ".abort"));
}

TEST_F(LocalRunnerTest, ACheckIsSaidInTheUnitThatItsLimitWasWrittenIn) {
  Log log;
  StopSwitch stop;
  const auto report = make_local_runner()->run(request(), log, stop);
  ASSERT_TRUE(report) << report.error().describe();
  ASSERT_EQ(report->checks.size(), 1U);
  const CheckRow& check = report->checks[0];
  EXPECT_EQ(check.unit, "mL/day");
  EXPECT_NEAR(check.limit_lo.value_or(0), 1.71, 1e-9);
  EXPECT_NEAR(check.limit_hi.value_or(0), 2.29, 1e-9);
  EXPECT_NEAR(check.value.value_or(0), 2, 0.1);  // 5 % of the reading
  EXPECT_NEAR(check.margin.value_or(0), 0.29 - std::fabs(*check.value - 2), 1e-9);
  EXPECT_NEAR(check.uncertainty.value_or(0), 0.05 * *check.value, 0.01);
}

TEST_F(LocalRunnerTest, TheRecordSaysWhoseBoardItWasAndHowFarItsTotalizerMayDrift) {
  Log log;
  StopSwitch stop;
  const auto report = make_local_runner()->run(request(), log, stop);
  ASSERT_TRUE(report) << report.error().describe();
  const auto run = record::RunReader::open(report->path);
  ASSERT_TRUE(run) << run.error().describe();
  EXPECT_TRUE(run->verify().value().complete);
  const std::string serial = run->info().board_serial;
  ASSERT_FALSE(serial.empty());
  const auto events = run->events().value();
  EXPECT_TRUE(std::any_of(events.begin(), events.end(), [&](const auto& stored) {
    return stored.event.kind == "identified" && stored.event.text.find("pump: ") == 0 &&
           stored.event.text.find("serial " + serial + ",") != std::string::npos;
  }));
  EXPECT_NEAR(run->channel("flow.volume")->info.uncertainty.per_minute, 0.003 * 7, 1e-9);  // 0.3 % of full scale
}

TEST_F(LocalRunnerTest, RunsOfSeveralThreadsDoNotTouchEachOther) {
  std::vector<std::string> digests(3);
  std::vector<std::thread> threads;
  for (auto& digest : digests) {
    threads.emplace_back([&] {
      Log log;
      StopSwitch stop;
      const auto report = make_local_runner()->run(request(), log, stop);
      digest = report ? report->digest : report.error().describe();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(digests[0].size(), 64U) << digests[0];
  EXPECT_EQ(digests[0], digests[1]);
  EXPECT_EQ(digests[1], digests[2]);
}

TEST_F(LocalRunnerTest, AStopWhileItRunsEndsInTheSafeStateAndIsKeptAsAborted) {
  Log log;
  StopSwitch stop;
  log.stop_at_first = &stop;
  const auto report = make_local_runner()->run(request(), log, stop);
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->verdict, Verdict::kAborted);
  EXPECT_EQ(exit_code(std::span(&*report, 1)), 2);
  EXPECT_LT(report->scenario_time, std::chrono::hours(2));
  EXPECT_TRUE(reached_safe_state(*report));
}

TEST_F(LocalRunnerTest, ASecondStopWaitsForNothingButTheSafeState) {
  Log log;
  StopSwitch stop;
  log.stop_at_first = &stop;
  log.stop_twice = true;
  const auto report = make_local_runner()->run(request(), log, stop);
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(stop.level(), StopLevel::kNow);
  EXPECT_EQ(report->verdict, Verdict::kAborted);
  EXPECT_TRUE(reached_safe_state(*report));
}

TEST_F(LocalRunnerTest, AStopBeforeItBeganIsAnAbortToo) {
  Log log;
  StopSwitch stop;
  stop.request();
  const auto report = make_local_runner()->run(request(), log, stop);
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->verdict, Verdict::kAborted);
  EXPECT_TRUE(reached_safe_state(*report));
}

TEST_F(LocalRunnerTest, WrongInputTouchesNothing) {
  Log log;
  StopSwitch stop;
  const auto error = [&](const RunRequest& asked) { return make_local_runner()->run(asked, log, stop).error(); };
  auto wrong = request();
  wrong.scenario_text = R"({"scenario": 1, "name": "x", "title": "y", "steps": [{"step": "wait", "for": "1 parsec"}, {"step": "dance"}]})";
  EXPECT_EQ(error(wrong).code, ErrorCode::kInvalidArgument);
  EXPECT_NE(error(wrong).text.find("/steps/1/step"), std::string::npos);
  wrong = request();
  wrong.sets = {{"no_such", "1"}};
  EXPECT_EQ(error(wrong).code, ErrorCode::kInvalidArgument);
  wrong = request();
  wrong.bench = "no_such_bench.json";
  EXPECT_EQ(error(wrong).code, ErrorCode::kNotFound);
  wrong = request();
  wrong.scenario_text.reset();
  wrong.scenario = "basal_acuracy";
  EXPECT_NE(error(wrong).text.find("basal_accuracy"), std::string::npos);
  EXPECT_TRUE(log.started.id.empty());
  EXPECT_FALSE(fs::exists(folder_ / "runs"));
}

}  // namespace
}  // namespace pumprig::session
