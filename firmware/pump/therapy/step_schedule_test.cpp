#include "firmware/pump/therapy/step_schedule.h"

#include <gtest/gtest.h>

#include <random>

#include "firmware/pump/testing/programs.h"

namespace pumpfw {
namespace {

using testing::begin;
using testing::FakeBoard;

__extension__ using Wide = unsigned __int128;

// ceil(n · 86400 · 32768 · 25 / (2 · rate)) by 128-bit arithmetic: the analytic instant of the n-th step.
Tick analytic(std::uint64_t n, std::uint32_t rate) {
  const auto numerator = static_cast<Wide>(n) * kBasalNumerator;
  const auto denominator = static_cast<Wide>(2) * rate;
  return static_cast<Tick>((numerator + denominator - 1) / denominator);
}

class BasalRate : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(BasalRate, StepInstantsAreTheAnalyticOnesForThreeDays) {
  const std::uint32_t rate = GetParam();
  FakeBoard board;
  begin(board, testing::program_at(rate));
  const Tick start = board.rtc_now();
  const Tick span = rate > 1'000'000 ? kDay : 3 * kDay;
  board.run_for(std::min<Tick>(span, Tick{18'000'000} * kDay / rate));
  ASSERT_GT(board.steps.size(), 1000U);
  for (std::size_t i = 0; i < board.steps.size(); ++i) ASSERT_EQ(board.steps[i] - start, analytic(i + 1, rate)) << "step " << i + 1;
}

TEST_P(BasalRate, NinetyDaysOfStepsDoNotDrift) {
  const std::uint32_t rate = GetParam();
  StepTrain train;
  train.start(0, kBasalNumerator, 2 * rate, kBasalNumerator);
  std::uint64_t n = 1;
  for (; train.due() < 90 * kDay; ++n) train.advance();
  EXPECT_EQ(train.due(), analytic(n, rate));
  const std::uint64_t exact = 90 * 2 * std::uint64_t{rate} / 25;
  EXPECT_NEAR(static_cast<double>(n - 1), static_cast<double>(exact), 1);
}

INSTANTIATE_TEST_SUITE_P(Rates, BasalRate, ::testing::Values(48'000U, 123'457U, 500'000U, 1'000'001U, 24'000'000U));

TEST(StepSchedule, RateChangesCarryTheFractionOfAStepOver) {
  // Delivered volume, in units of one step, is the integral of the rate: steps so far = floor of the integral at every instant.
  std::mt19937_64 random(7);
  StepSchedule schedule;
  Tick now = 1000;
  std::uint32_t rate = 500'000;
  schedule.set_basal(now, rate);
  schedule.resume_basal(now);
  Wide integral = 0;
  std::uint64_t steps = 0;
  for (int change = 0; change < 2000; ++change) {
    const Tick until = now + random() % (10 * kSecond) + kSecond;
    for (;;) {
      const StepSchedule::Next next = schedule.next(now);
      if (next.at > until) break;
      schedule.taken(next.origin, next.at);
      ++steps;
    }
    integral += static_cast<Wide>(until - now) * 2 * rate;
    now = until;
    rate = static_cast<std::uint32_t>(48'000 + random() % 2'000'000);
    schedule.set_basal(now, rate);
    const auto exact = static_cast<std::uint64_t>(integral / kBasalNumerator);
    ASSERT_LE(steps, exact + 1);
    ASSERT_GE(steps + 1, exact);
  }
}

TEST(StepSchedule, ABolusLeavesTheBasalGridWhereItWas) {
  StepSchedule schedule;
  schedule.set_basal(1, 24'000'000);
  schedule.resume_basal(1);
  schedule.start_bolus(1, 1000, 500 * kSecond);
  std::uint64_t basal = 0;
  std::uint64_t bolus = 0;
  Tick last = 0;
  Tick at = 0;
  while (bolus < 1000) {
    const StepSchedule::Next next = schedule.next(at);
    ASSERT_TRUE(last == 0 || next.at - last >= kMinSpacing);
    last = at = next.at;
    schedule.taken(next.origin, at);
    if (next.origin == StepOrigin::kBasal) {
      ++basal;
      // Waits for at most one bolus step.
      ASSERT_LE(at - 1, analytic(basal, 24'000'000) + kMinSpacing);
      ASSERT_GE(at - 1, analytic(basal, 24'000'000));
    } else {
      ++bolus;
    }
  }
  EXPECT_NEAR(static_cast<double>(at - 1), 500.0 * kSecond, 2.0 * kMinSpacing);
  EXPECT_NEAR(static_cast<double>(basal), 500.0 / 0.045, 1.0);
}

TEST(StepSchedule, BasalAndBolusAtTheCeilingKeepTheSpacing) {
  StepSchedule schedule;
  schedule.set_basal(1, 24'000'000);
  schedule.resume_basal(1);
  // 20 000 steps at the 2.99 mL/day that the ceiling leaves beside 24 mL/day.
  schedule.start_bolus(1, 20'000, 20'000 * kBasalNumerator / (2 * 2'990'000));
  Tick last = 0;
  while (schedule.bolus_left() != 0) {
    const StepSchedule::Next next = schedule.next(last);
    ASSERT_TRUE(last == 0 || next.at - last >= kMinSpacing);
    schedule.taken(next.origin, next.at);
    last = next.at;
  }
  EXPECT_EQ(schedule.dropped_steps(), 0U);
  EXPECT_NEAR(static_cast<double>(last) / kSecond, 86400.0 * 0.25 / 2.99, 0.1);
}

TEST(StepSchedule, APauseGivesNoBurst) {
  StepSchedule schedule;
  schedule.set_basal(0, 500'000);
  schedule.resume_basal(0);
  schedule.pause_basal(kSecond);
  schedule.resume_basal(kHour);
  const StepSchedule::Next first = schedule.next(kHour);
  EXPECT_EQ(first.at, kHour + analytic(1, 500'000) - kSecond);  // only what was left of the interval
  schedule.taken(first.origin, first.at);
  EXPECT_GE(schedule.next(first.at).at, first.at + 70'000);
}

TEST(StepSchedule, StepsThatAreLateByWholeIntervalsAreDropped) {
  StepSchedule schedule;
  schedule.set_basal(0, 24'000'000);
  schedule.resume_basal(0);
  const StepSchedule::Next next = schedule.next(kSecond);
  EXPECT_GE(schedule.dropped_steps(), 20U);
  EXPECT_GE(next.at + 1475, kSecond);
}

}  // namespace
}  // namespace pumpfw
