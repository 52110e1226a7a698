#include "rig/clients/clock_estimate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "rig/base/rng.h"

namespace pumprig::clients {
namespace {

// A clock that is known: pump seconds = offset + rate · rig seconds.
struct Truth {
  double offset = 1234.5;
  double rate = 1 + 20e-6;
  std::uint64_t ticks(double rig_s) const { return static_cast<std::uint64_t>(std::floor((offset + rate * rig_s) * 32768)); }
};

void observe(ClockEstimate& estimate, const Truth& truth, double rig_s, double before_s, double after_s) {
  estimate.add(truth.ticks(rig_s), kRunStart + from_seconds(rig_s - before_s), kRunStart + from_seconds(rig_s + after_s));
}

TEST(ClockEstimate, KnowsNothingBeforeItHasSeenAnything) {
  ClockEstimate estimate;
  EXPECT_FALSE(estimate.rate_error());
  EXPECT_FALSE(estimate.offset_s(kRunStart));
  observe(estimate, {}, 10, 0.001, 0.001);
  EXPECT_FALSE(estimate.rate_error()) << "one observation says nothing of the rate";
  const auto offset = estimate.offset_s(kRunStart + from_seconds(10));
  ASSERT_TRUE(offset);
  EXPECT_NEAR(offset->value, 1234.5 + 20e-6 * 10, offset->bound);
  EXPECT_LT(offset->bound, 0.0015);
}

TEST(ClockEstimate, TruthLiesWithinTheBoundsForManyClocksAndDelays) {
  Rng rng(3);
  for (int clock = 0; clock < 200; ++clock) {
    const Truth truth{rng.uniform(0, 1e6), 1 + rng.uniform(-200e-6, 200e-6)};
    const double slowest = rng.uniform(0.001, 0.3);
    ClockEstimate estimate;
    double t = 0;
    for (int i = 0; i < 400; ++i) {
      t += rng.uniform(0.5, 30);
      observe(estimate, truth, t, rng.uniform(0, slowest), rng.uniform(0, slowest));
      if (i < 1) continue;
      const auto rate = estimate.rate_error();
      ASSERT_TRUE(rate);
      ASSERT_LE(std::fabs(rate->value - (truth.rate - 1)), rate->bound + 1e-12);
      const double when = t + rng.uniform(-100, 100);
      const auto offset = estimate.offset_s(kRunStart + from_seconds(when));
      ASSERT_LE(std::fabs(offset->value - (truth.offset + (truth.rate - 1) * when)), offset->bound + 1e-8);
      const auto instant = estimate.rig_seconds(truth.ticks(when + 200));
      ASSERT_LE(std::fabs(instant->value - (when + 200)), instant->bound + 1e-4);
    }
    EXPECT_EQ(estimate.jumps() + estimate.drifts(), 0U);
    EXPECT_LT(estimate.rate_error()->bound, 2 * slowest / t + 1e-7);
  }
}

TEST(ClockEstimate, BoundShrinksWithTheTimeObserved) {
  ClockEstimate estimate;
  const Truth truth;
  double last = 1;
  for (double hours = 0; hours < 48; hours += 0.25) {
    observe(estimate, truth, hours * 3600 + 1, 0.004, 0.004);
    if (std::fmod(hours, 8) != 7.75) continue;
    EXPECT_LT(estimate.rate_error()->bound, last);
    last = estimate.rate_error()->bound;
  }
  EXPECT_LT(last, 1e-7);
}

TEST(ClockEstimate, JumpStartsItAnewAndIsCounted) {
  ClockEstimate estimate;
  Truth truth;
  for (int i = 1; i < 100; ++i) observe(estimate, truth, i * 10.0, 0.002, 0.002);
  truth.offset += 60;
  for (int i = 100; i < 200; ++i) observe(estimate, truth, i * 10.0, 0.002, 0.002);
  EXPECT_EQ(estimate.jumps(), 1U);
  const auto offset = estimate.offset_s(kRunStart + from_seconds(2000));
  EXPECT_NEAR(offset->value, truth.offset + 20e-6 * 2000, offset->bound);
}

TEST(ClockEstimate, WhatItRestsOnIsCountedFromTheJump) {
  ClockEstimate estimate;
  Truth truth;
  for (int i = 1; i <= 50; ++i) observe(estimate, truth, i * 10.0, 0.002, 0.003);
  EXPECT_EQ(estimate.basis().observations, 50U);
  EXPECT_NEAR(to_seconds(estimate.basis().span()), 490.005, 1e-6);
  truth.offset -= 2;
  observe(estimate, truth, 510, 0.002, 0.003);
  EXPECT_EQ(estimate.basis().observations, 1U);
  EXPECT_FALSE(estimate.rate_error()) << "nothing is known yet of the rate after it";
  EXPECT_NEAR(estimate.offset_s(kRunStart + from_seconds(510))->value, truth.offset + 20e-6 * 510, 0.003);
  EXPECT_EQ(estimate.observations(), 51U);
}

TEST(ClockEstimate, SmallJumpIsNotTakenForARateByTheLastFewBeforeIt) {
  for (const double by : {0.05, -0.02, 0.5}) {
    ClockEstimate estimate;
    Truth truth;
    for (int i = 1; i <= 50; ++i) observe(estimate, truth, i * 600.0, 0.002, 0.002);
    truth.offset += by;
    observe(estimate, truth, 51 * 600.0, 0.002, 0.002);
    EXPECT_EQ(estimate.jumps(), 1U) << by;
    const auto offset = estimate.offset_s(kRunStart + from_seconds(51 * 600.0));
    EXPECT_NEAR(offset->value, truth.offset + 20e-6 * 51 * 600, offset->bound) << by;
  }
}

TEST(ClockEstimate, ClockThatIsTenPercentOffIsFoundAfterAFewJumps) {
  ClockEstimate estimate;
  const Truth truth{100, 0.9};
  for (int i = 1; i < 100; ++i) observe(estimate, truth, i * 10.0, 0.002, 0.002);
  EXPECT_EQ(estimate.jumps(), 3U);
  ASSERT_TRUE(estimate.rate_error());
  EXPECT_NEAR(estimate.rate_error()->value, -0.1, estimate.rate_error()->bound);
  EXPECT_LT(estimate.rate_error()->bound, 1e-5);
}

TEST(ClockEstimate, ChangeOfRateForgetsTheOldButNotAll) {
  ClockEstimate estimate;
  Truth truth;
  for (int i = 1; i < 400; ++i) observe(estimate, truth, i * 60.0, 0.002, 0.002);
  const double bend = 400 * 60.0;
  const Truth warmer{truth.offset - 2e-6 * bend, truth.rate + 2e-6};
  for (int i = 400; i < 1200; ++i) observe(estimate, warmer, i * 60.0, 0.002, 0.002);
  EXPECT_EQ(estimate.jumps(), 0U);
  EXPECT_GE(estimate.drifts(), 1U);
  EXPECT_NEAR(estimate.rate_error()->value, 22e-6, estimate.rate_error()->bound + 1e-6);
}

}  // namespace
}  // namespace pumprig::clients
