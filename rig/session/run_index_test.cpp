#include "rig/session/run_index.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "rig/record/writer.h"

namespace pumprig::session {
namespace {

namespace fs = std::filesystem;

class RunIndex : public testing::Test {
 protected:
  RunIndex() {
    std::string pattern = (fs::temp_directory_path() / "pumprig-index-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~RunIndex() override { fs::remove_all(folder_); }

  record::RunWriter begin(const fs::path& file) {
    record::RunInfo info(record::BenchKind::kVirtual);
    info.id = file.stem().string();
    info.scenario = "basal_accuracy";
    info.scenario_json = R"({"title": "Basal accuracy"})";
    info.parameters_json = R"({"rate": "0.5 mL/day"})";
    info.bench = "virtual";
    info.seed = 9;
    info.started_utc_ns = 1'700'000'000'000'000'000;
    return std::move(*record::RunWriter::create(file, info));
  }

  static record::CheckVerdict verdict(Verdict v) {
    record::CheckVerdict check;
    check.check = "rate";
    check.requirements = {"REQ-103"};
    check.verdict = v;
    check.value = 0.501;
    check.unit = "mL/day";
    check.margin = 0.07;
    check.uncertainty = 0.02;
    check.source = "flow.flow";
    check.window_end = at_ns(86'400'000'000'000);
    return check;
  }

  fs::path make_run(const std::string& id, Verdict v, const fs::path& below = {}) {
    fs::create_directories(folder_ / below);
    const auto file = folder_ / below / (id + std::string(kRunSuffix));
    auto writer = begin(file);
    writer.verdict(verdict(v));
    record::Finish finish;
    finish.ended_utc_ns = 1'700'000'002'000'000'000;
    finish.end = at_ns(86'400'000'000'000);
    EXPECT_TRUE(writer.finish(finish));
    return file;
  }

  fs::path folder_;
};

TEST_F(RunIndex, ReportsWhatTheRecordHolds) {
  const auto report = load_report(make_run("20231114T221320Z-basal_accuracy-1", Verdict::kPass));
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->id, "20231114T221320Z-basal_accuracy-1");
  EXPECT_EQ(report->state, RunState::kFinished);
  EXPECT_EQ(report->verdict, Verdict::kPass);
  EXPECT_EQ(report->title, "Basal accuracy");
  EXPECT_EQ(report->bench_kind, "virtual");
  EXPECT_EQ(report->seed, 9U);
  EXPECT_EQ(report->digest.size(), 64U);
  EXPECT_EQ(report->requirements, std::vector<std::string>{"REQ-103"});
  EXPECT_EQ(report->parameters, (std::vector<std::pair<std::string, std::string>>{{"rate", "0.5 mL/day"}}));
  EXPECT_EQ(report->started_utc, "2023-11-14T22:13:20.000Z");
  EXPECT_DOUBLE_EQ(report->speed_reached, 43200);
  ASSERT_EQ(report->checks.size(), 1U);
  EXPECT_EQ(report->checks[0].value, 0.501);
  EXPECT_EQ(report->checks[0].channel, "flow.flow");
}

TEST_F(RunIndex, AnUnfinishedRunIsNoPass) {
  const auto file = folder_ / "20231114T221320Z-a-1.pumprun";
  {
    auto writer = begin(file);
    writer.verdict(verdict(Verdict::kPass));
    ASSERT_TRUE(writer.flush());
    EXPECT_EQ(load_report(file)->state, RunState::kRunning);
  }
  const auto report = load_report(file);
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->state, RunState::kUnfinished);
  EXPECT_EQ(exit_code(std::vector{*report}), 2);
}

TEST_F(RunIndex, ARunWhoseChecksAllLackSomethingIsNotRun) {
  const auto file = folder_ / "20231114T221320Z-a-1.pumprun";
  auto writer = begin(file);
  writer.not_run({"rate", {"REQ-103"}, "needs a meter above 1 mL/min"});
  ASSERT_TRUE(writer.finish({}));
  const auto report = load_report(file);
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->state, RunState::kNotRun);
  EXPECT_EQ(report->reason, "needs a meter above 1 mL/min");
  EXPECT_EQ(exit_code(std::vector{*report}), 3);
}

TEST_F(RunIndex, FindsByPathIdBeginningAndLast) {
  const auto first = make_run("20231114T221320Z-a-1", Verdict::kPass);
  const auto second = make_run("20231115T000000Z-b-1", Verdict::kFail, "night");
  EXPECT_EQ(*find_run(first.string(), folder_), first);
  EXPECT_EQ(*find_run("20231114T221320Z-a-1", folder_), first);
  EXPECT_EQ(*find_run("20231115", folder_), second);
  EXPECT_EQ(*find_run("last", folder_), second);
  EXPECT_EQ(find_run("2023111", folder_).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(find_run("2024", folder_).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(find_run("", folder_).error().code, ErrorCode::kNotFound);
}

TEST_F(RunIndex, AnIdThatBeginsAnotherIsStillFound) {
  const auto one = make_run("20231114T221320Z-a-1", Verdict::kPass);
  make_run("20231114T221320Z-a-10", Verdict::kPass);
  EXPECT_EQ(*find_run("20231114T221320Z-a-1", folder_), one);
}

TEST_F(RunIndex, ListsWhatItCannotReadWithTheReason) {
  make_run("20231114T221320Z-a-1", Verdict::kPass);
  std::ofstream(folder_ / "20231116T000000Z-c-1.pumprun") << "this is not a run";
  const auto runs = list_runs(folder_);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[1].state, RunState::kUnfinished);
  EXPECT_FALSE(runs[1].reason.empty());
  EXPECT_TRUE(list_runs(folder_ / "nothing").empty());
}

}  // namespace
}  // namespace pumprig::session
