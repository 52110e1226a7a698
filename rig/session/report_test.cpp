#include "rig/session/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>

namespace pumprig::session {
namespace {

CheckRow check(std::string id, std::optional<Verdict> verdict) {
  CheckRow row;
  row.id = std::move(id);
  row.requirements = {"REQ-103"};
  row.verdict = verdict;
  row.limit = "0.5 mL/day ± 14.5 %";
  row.limit_lo = 0.4275;
  row.limit_hi = 0.5725;
  row.value = 0.5011;
  row.unit = "mL/day";
  row.margin = 0.0714;
  row.uncertainty = 0.0251;
  row.from = at_ns(3'600'000'000'000);
  row.to = at_ns(86'400'000'000'001);
  row.channel = "flow.flow";
  row.clock = "rig";
  return row;
}

RunReport finished(Verdict verdict, std::vector<CheckRow> checks) {
  RunReport report;
  report.id = "20260101T000000Z-basal_accuracy-1";
  report.path = "/tmp/runs/" + report.id;
  report.scenario = "basal_accuracy";
  report.title = "Basal <accuracy> & more";
  report.verdict = verdict;
  report.checks = std::move(checks);
  report.bench = "virtual";
  report.bench_kind = "virtual";
  report.firmware_sha256 = std::string(64, 'a');
  report.seed = 42;
  report.repeat = "rig run basal_accuracy --seed 42";
  return report;
}

RunReport not_run() {
  RunReport report;
  report.scenario = "high_flow";
  report.state = RunState::kNotRun;
  report.reason = "needs a meter above 1 mL/min";
  return report;
}

int code(std::vector<RunReport> reports) {
  return exit_code(reports);
}

TEST(ExitCode, IsTwoForAnythingThatErredWasAbortedOrWasWrong) {
  RunReport refused;
  refused.state = RunState::kRefused;
  RunReport unfinished = finished(Verdict::kPass, {});
  unfinished.state = RunState::kUnfinished;
  EXPECT_EQ(code({finished(Verdict::kError, {})}), 2);
  EXPECT_EQ(code({finished(Verdict::kAborted, {check("a", Verdict::kPass)})}), 2);
  EXPECT_EQ(code({refused}), 2);
  EXPECT_EQ(code({unfinished}), 2);
  EXPECT_EQ(code({}), 2);
  EXPECT_EQ(code({finished(Verdict::kFail, {}), refused}), 2);
}

TEST(ExitCode, IsOneForAFailedCheckThoughOthersAreOpen) {
  EXPECT_EQ(code({finished(Verdict::kFail, {})}), 1);
  EXPECT_EQ(code({not_run(), finished(Verdict::kFail, {}), finished(Verdict::kInconclusive, {})}), 1);
}

TEST(ExitCode, IsThreeWhenNothingFailedAndSomethingIsOpen) {
  EXPECT_EQ(code({finished(Verdict::kPass, {}), not_run()}), 3);
  EXPECT_EQ(code({finished(Verdict::kInconclusive, {})}), 3);
  EXPECT_EQ(code({finished(Verdict::kPass, {check("a", Verdict::kPass), check("b", std::nullopt)})}), 3);
}

TEST(ExitCode, IsZeroOnlyWhenAllPassed) {
  EXPECT_EQ(code({finished(Verdict::kPass, {check("a", Verdict::kPass)})}), 0);
}

TEST(ReportJson, ComesBackAsItWentOut) {
  auto report = finished(Verdict::kInconclusive, {check("rate", Verdict::kInconclusive), check("never reached", std::nullopt)});
  report.checks[1].value.reset();
  report.parameters = {{"rate", "0.5 mL/day"}};
  report.key_values = {{"lot", "µ7"}};
  report.pump_clock = PumpClock{at_ns(900), 86'400'000'000'123, 17'000, 20.25, 0.5, 240, Duration(1'000'000'000), 1, 2, "the pump's clock"};
  report.information = {"goal: pass, 0.501 mL/day, limit 0.5 mL/day ± 5 %"};
  report.scenario_time = std::chrono::hours(24);
  const auto text = to_json(report);
  const auto back = report_from_json(text);
  ASSERT_TRUE(back) << back.error().describe();
  EXPECT_EQ(to_json(*back), text);
  EXPECT_EQ(back->checks[0].to, at_ns(86'400'000'000'001));
  EXPECT_FALSE(back->checks[1].verdict);
  EXPECT_FALSE(back->checks[1].value);
  EXPECT_EQ(back->parameters, report.parameters);
}

TEST(ReportJson, RefusesWhatIsNoReport) {
  EXPECT_EQ(report_from_json("{").error().code, ErrorCode::kProtocol);
  EXPECT_EQ(report_from_json("[]").error().code, ErrorCode::kProtocol);
  EXPECT_EQ(report_from_json(R"({"run": 3})").error().code, ErrorCode::kProtocol);
}

pugi::xml_document junit(std::vector<RunReport> reports) {
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(to_junit(reports).c_str()));
  return document;
}

int attribute(const pugi::xml_document& document, const char* name) {
  return document.child("testsuites").attribute(name).as_int(-1);
}

TEST(Junit, TellsFailureErrorAndSkippedApart) {
  const auto document =
      junit({finished(Verdict::kFail, {check("ok", Verdict::kPass), check("bad", Verdict::kFail), check("open", Verdict::kInconclusive)}),
             not_run(), finished(Verdict::kAborted, {check("ok", Verdict::kPass), check("never", std::nullopt)})});
  EXPECT_EQ(attribute(document, "tests"), 7);
  EXPECT_EQ(attribute(document, "failures"), 1);
  EXPECT_EQ(attribute(document, "errors"), 2);
  EXPECT_EQ(attribute(document, "skipped"), 2);
  const auto suite = document.child("testsuites").child("testsuite");
  EXPECT_STREQ(suite.find_child_by_attribute("testcase", "name", "open").child("error").attribute("type").value(), "inconclusive");
  EXPECT_STREQ(suite.find_child_by_attribute("testcase", "name", "bad").child("failure").attribute("type").value(), "fail");
  EXPECT_STREQ(suite.next_sibling().child("testcase").child("skipped").attribute("message").value(), "needs a meter above 1 mL/min");
  const auto aborted = suite.next_sibling().next_sibling().find_child_by_attribute("testcase", "name", "run");
  EXPECT_STREQ(aborted.child("error").attribute("type").value(), "aborted");
}

TEST(Junit, NeverShowsARunThatDidNotPassAsGreen) {
  RunReport refused;
  refused.state = RunState::kRefused;
  refused.file = "broken.json";
  refused.reason = "broken.json:3:5: /steps: is missing";
  RunReport died = finished(Verdict::kPass, {check("ok", Verdict::kPass)});
  died.state = RunState::kUnfinished;
  const auto empty_pass = finished(Verdict::kPass, {});
  for (const auto& report :
       {refused, died, finished(Verdict::kError, {}), finished(Verdict::kFail, {}), finished(Verdict::kInconclusive, {})}) {
    const auto document = junit({report});
    EXPECT_EQ(attribute(document, "failures") + attribute(document, "errors"), 1) << to_junit(std::span(&report, 1));
  }
  EXPECT_EQ(attribute(junit({empty_pass}), "tests"), 1);
}

TEST(Junit, CarriesBenchFirmwareAndSeedAsProperties) {
  const auto document = junit({finished(Verdict::kPass, {check("ok", Verdict::kPass)})});
  const auto properties = document.child("testsuites").child("testsuite").child("properties");
  const auto value = [&](const char* name) {
    return std::string(properties.find_child_by_attribute("property", "name", name).attribute("value").value());
  };
  EXPECT_EQ(value("bench"), "virtual");
  EXPECT_EQ(value("bench_kind"), "virtual");
  EXPECT_EQ(value("seed"), "42");
  EXPECT_EQ(value("firmware_sha256"), std::string(64, 'a'));
}

TEST(Junit, IsWellFormedWhateverTheTextsHold) {
  auto report = finished(Verdict::kFail, {check("a<b>&\"c\"", Verdict::kFail)});
  report.checks[0].reason = std::string("bell \x07 and ]]> and <tag>");
  const auto document = junit({report});
  EXPECT_STREQ(document.child("testsuites").child("testsuite").child("testcase").attribute("name").value(), "a<b>&\"c\"");
}

}  // namespace
}  // namespace pumprig::session
