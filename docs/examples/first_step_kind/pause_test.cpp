// What the contract test does not know of this kind: what it refuses, what it expects, and what it finds on a bench.
#include <gtest/gtest.h>

#include "docs/examples/run_scenario.h"
#include "rig/scenario/language/step_kind.h"
#include "rig/scenario/testing.h"

namespace pumprig::scenario {
namespace {

using namespace std::chrono_literals;

LoadOutcome load(const std::string& steps) {
  static const BenchFacts facts = testing::bench();
  LoadOptions options;
  options.bench = &facts;
  return load_scenario(testing::with_steps(steps), "s.json", options);
}

TEST(Pause, RefusesWhatCountsNoSteps) {
  EXPECT_TRUE(
      testing::mentions(load(R"([{"step": "pause", "for": "1 h", "channel": "flow.volume"}])"), "/steps/0/channel", "counts no steps"));
  EXPECT_TRUE(testing::mentions(load(R"([{"step": "pause", "for": "1 h", "channel": "pump.steps"}])"), "/steps/0/channel", "own word"));
}

TEST(Pause, RefusesAPauseOfWhichNothingIsLeft) {
  const auto out = load(R"([{"step": "pause", "for": "1 min", "settle": "1 min", "channel": "witness.step"}])");
  EXPECT_TRUE(testing::mentions(out, "/steps/0/for", "longer than \"settle\"")) << testing::all_text(out);
}

TEST(Pause, TakesItsTimeAndNoFluid) {
  const std::string before = R"([{"step": "program", "rate": "0.5 mL/day"}, {"step": "start"}, {"step": "wait", "for": "1 h"})";
  const auto with = load(before + R"(, {"step": "pause", "for": "2 h", "channel": "witness.step"}, {"step": "wait", "for": "1 h"}])");
  ASSERT_TRUE(with.scenario) << testing::all_text(with);
  EXPECT_EQ(with.scenario->longest, 4h);
  EXPECT_NEAR(with.scenario->volume_ul, 500.0 / 24 * 2, 1e-6);
  EXPECT_EQ(find_step_kind("pause")->explain(with.scenario->steps[3]), "pause the therapy for 2 h; no step may come on witness.step");
}

TEST(Pause, PassesOnThePumpAsItIs) {
  const auto report = examples::run_scenario("first_step_kind/coffee_break.json");
  ASSERT_TRUE(report) << report.error().describe();
  ASSERT_EQ(report->checks.size(), 2U) << report->reason;
  EXPECT_EQ(report->checks[0].id, "quiet");
  EXPECT_EQ(report->checks[0].value, 0.0);
  EXPECT_EQ(report->checks[0].requirements, std::vector<std::string>{"REQ-111"});
  EXPECT_EQ(report->checks[0].to - report->checks[0].from, 599s);
  for (const auto& check : report->checks) EXPECT_EQ(check.verdict, Verdict::kPass) << check.id << ": " << check.reason;
}

TEST(Pause, FailsOnAPumpThatAgreesAndGoesOn) {
  const auto report = examples::run_scenario("first_step_kind/coffee_break.json", "first_step_kind/late_stop.json");
  ASSERT_TRUE(report) << report.error().describe();
  ASSERT_FALSE(report->checks.empty()) << report->reason;
  EXPECT_EQ(report->checks[0].id, "quiet");
  EXPECT_EQ(report->checks[0].verdict, Verdict::kFail);
  // It goes on for 3 s, of which one is left out: 2 s of a step every 45 ms.
  EXPECT_NEAR(report->checks[0].value.value_or(0), 2 / 0.045, 1.5);
}

}  // namespace
}  // namespace pumprig::scenario
