#include "rig/cli/format.h"

#include <gtest/gtest.h>

#include "rig/cli/progress_line.h"

namespace pumprig::cli {
namespace {

TEST(MeasuredText, ShowsTheDigitsThatTheUncertaintyBears) {
  EXPECT_EQ(measured_text(0.501234, 0.0251), "0.501");
  EXPECT_EQ(measured_text(0.501234, 0.00251), "0.5012");
  EXPECT_EQ(measured_text(1234.56, 25.0), "1235");
  EXPECT_EQ(measured_text(1234.56, 1.0), "1234.6");
  EXPECT_EQ(measured_text(0.34722912345, 1e-8), "0.347229");
  EXPECT_EQ(measured_text(3.0, std::nullopt), "3");
  EXPECT_EQ(measured_text(3.25, 0.0), "3.25");
  EXPECT_EQ(measured_text(std::nullopt, 1.0), "");
  EXPECT_EQ(uncertainty_text(0.0251), "±0.025");
  EXPECT_EQ(uncertainty_text(std::nullopt), "");
}

session::RunReport failed_run() {
  session::RunReport report;
  report.scenario = "basal_accuracy";
  report.verdict = Verdict::kFail;
  report.bench = "virtual";
  report.bench_kind = "virtual";
  report.seed = 3;
  report.scenario_time = std::chrono::hours(24);
  report.wall_time = std::chrono::milliseconds(400);
  report.speed_reached = 216'000;
  report.repeat = "rig run basal_accuracy --seed 3";
  session::CheckRow check;
  check.id = "mean_rate";
  check.verdict = Verdict::kFail;
  check.limit = "0.5 mL/day ± 14.5 %";
  check.value = 0.6012;
  check.unit = "mL/day";
  check.margin = -0.0287;
  check.uncertainty = 0.012;
  check.reason = "0.6012 mL/day is above 0.5725 mL/day";
  report.checks.push_back(check);
  return report;
}

TEST(ReportText, HasATableTheReasonAndHowToRepeatAFailure) {
  EXPECT_EQ(report_text(failed_run(), false),
            "basal_accuracy: fail on bench virtual (virtual), seed 3, 1 day in 0.4 s (216000 × real time)\n"
            "  check      verdict  limit                measured  unit    margin  uncertainty\n"
            "  mean_rate  fail     0.5 mL/day ± 14.5 %     0.601  mL/day  -0.029       ±0.012\n"
            "  mean_rate: 0.6012 mL/day is above 0.5725 mL/day\n"
            "repeat with  rig run basal_accuracy --seed 3\n");
}

TEST(ReportText, APassNeedsNoRepeat) {
  auto report = failed_run();
  report.verdict = Verdict::kPass;
  EXPECT_EQ(report_text(report, false).find("repeat"), std::string::npos);
}

TEST(OutcomeText, NeverCallsPassWhatDidNot) {
  session::RunReport report;
  EXPECT_EQ(outcome_text(report), "not judged");
  report.verdict = Verdict::kPass;
  EXPECT_EQ(outcome_text(report), "pass");
  report.state = session::RunState::kUnfinished;
  EXPECT_EQ(outcome_text(report), "unfinished");
}

TEST(ReportsJson, SaysTheExitCodeItself) {
  const auto report = failed_run();
  EXPECT_TRUE(reports_json(std::span(&report, 1)).starts_with(R"({"exit_code":1,"runs":[{"run":)"));
}

session::Progress progress(double fraction) {
  session::Progress p;
  p.fraction = fraction;
  p.now = TimePoint{std::chrono::minutes(504)};
  p.expected = std::chrono::hours(24);
  p.step = "wait 24 h";
  return p;
}

TEST(ProgressText, FitsTheTerminal) {
  EXPECT_EQ(progress_text(progress(0.35), 79), "[#######             ]  35 %  8 h 24 min of 1 day  wait 24 h");
  EXPECT_EQ(progress_text(progress(0.35), 25), "[#######             ]  3");
  EXPECT_EQ(progress_text(progress(7), 79).substr(0, 22), "[####################]");
}

std::string printed(bool terminal, const std::vector<double>& fractions) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* out = ::open_memstream(&text, &size);
  {
    ProgressLine line("s", out, terminal, 79);
    for (const double f : fractions) line.on_progress(progress(f));
  }
  std::fclose(out);
  std::string result(text, size);
  std::free(text);
  return result;
}

TEST(ProgressLine, IsWrittenOverOnATerminalAndTakenAwayAtTheEnd) {
  const auto text = printed(true, {0.1, 0.2});
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_TRUE(text.starts_with("\r["));
  EXPECT_TRUE(text.ends_with("\r\033[K"));
}

TEST(ProgressLine, IsAFewPlainLinesElsewhere) {
  std::vector<double> fractions;
  for (int i = 0; i <= 1000; ++i) fractions.push_back(i / 1000.0);
  const auto text = printed(false, fractions);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_EQ(text.find('\033'), std::string::npos);
}

}  // namespace
}  // namespace pumprig::cli
