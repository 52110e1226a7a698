#include "rig/scenario/run/measurement.h"

#include <gtest/gtest.h>

#include <limits>

#include "rig/monitor/edges.h"

namespace pumprig::scenario {
namespace {

using namespace std::chrono_literals;

TimePoint at_s(double s) {
  return kRunStart + from_seconds(s);
}

Measurement counting(bool over, Duration settle, std::optional<Duration> length = {}) {
  MeasurementWindow window;
  window.label = "x";
  window.over = over;
  window.settle = settle;
  window.length = length;
  return Measurement(std::make_unique<monitor::EdgeJudge>(monitor::EdgeValue::kCount, 1e-5), window);
}

// A pulse each second, from 1 s to 100 s.
void feed_until(Measurement& measurement, int& next, double end) {
  for (; next <= end; ++next) measurement.feed(Sample::point(at_s(next), next));
}

TEST(Measurement, ASettledWindowOverAStepHasItsTimeOnly) {
  auto m = counting(true, 10s);
  int next = 1;
  feed_until(m, next, 20);
  m.open(at_s(20));
  feed_until(m, next, 50);
  m.close(at_s(50));
  feed_until(m, next, 100);
  const auto result = m.finish(at_s(100));
  EXPECT_EQ(result.begin, at_s(30));
  EXPECT_EQ(result.end, at_s(50));
  EXPECT_EQ(result.outcome.value, 20);
}

TEST(Measurement, AWindowSinceAStepGoesOnUntilAskedOrForItsLength) {
  auto open_ended = counting(false, 0s);
  auto limited = counting(false, 5s, 30s);
  for (auto* m : {&open_ended, &limited}) {
    int next = 1;
    feed_until(*m, next, 20);
    m->open(at_s(20));
    m->close(at_s(21));  // the step itself ends at once
    feed_until(*m, next, 80);
  }
  EXPECT_EQ(open_ended.finish(at_s(80)).outcome.value, 60);
  EXPECT_EQ(limited.end(), at_s(55));
  EXPECT_EQ(limited.finish(at_s(80)).outcome.value, 30);
}

TEST(Measurement, ALateSampleOfTheWindowCountsAndAnEarlyOneOfTheNextDoesNot) {
  auto m = counting(true, 0s);
  m.open(at_s(0));
  m.close(at_s(10));
  m.feed(Sample::point(at_s(9.9), 1));  // arrives after the step has ended
  m.feed(Sample::point(at_s(10.1), 2));
  EXPECT_EQ(m.finish(at_s(11)).outcome.value, 1);
}

TEST(Measurement, TimeCountsFromWhenItsConditionHolds) {
  MeasurementWindow window;
  window.label = "x";
  window.over = false;
  Measurement m(std::make_unique<monitor::EdgeJudge>(monitor::EdgeValue::kLastTime, 1e-5), window);
  m.count_from(
      std::make_unique<monitor::FirstTimeJudge>(monitor::Limit{2, std::numeric_limits<double>::infinity()}, ChannelInfo{}, Duration{0}));
  m.feed_from(Sample::point(at_s(0), 0));
  m.open(at_s(5));
  int next = 1;
  feed_until(m, next, 10);
  m.feed_from(Sample::point(at_s(10.5), 2));
  feed_until(m, next, 12);
  const auto result = m.finish(at_s(60));
  EXPECT_EQ(result.begin, at_s(10.5));
  EXPECT_NEAR(*result.outcome.value, 1.5, 1e-9);
}

TEST(Measurement, AConditionThatNeverHeldAndAWindowThatNeverBeganDecideNothing) {
  auto never = counting(true, 0s);
  EXPECT_NE(never.finish(at_s(5)).outcome.doubt, "");
  auto unsettled = counting(true, 60s);
  unsettled.open(at_s(0));
  unsettled.close(at_s(30));
  EXPECT_NE(unsettled.finish(at_s(40)).outcome.doubt, "");
  auto waiting = counting(false, 0s);
  waiting.count_from(std::make_unique<monitor::FirstTimeJudge>(monitor::Limit{2, 3}, ChannelInfo{}, Duration{0}));
  waiting.open(at_s(0));
  waiting.feed_from(Sample::point(at_s(1), 0));
  const auto result = waiting.finish(at_s(10));
  EXPECT_FALSE(result.outcome.value);
  EXPECT_NE(result.outcome.doubt, "");
}

}  // namespace
}  // namespace pumprig::scenario
