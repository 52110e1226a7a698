#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "rig/base/rng.h"
#include "rig/monitor/edges.h"
#include "rig/monitor/level.h"
#include "rig/monitor/monitor_test_support.h"
#include "rig/monitor/totalizer.h"

namespace pumprig::monitor {
namespace {

using namespace std::chrono_literals;
using testing::at_s;
using testing::flagged;
using testing::point;

ChannelInfo channel(Uncertainty uncertainty = {}, double resolution = 0) {
  ChannelInfo info;
  info.name = "x.y";
  info.uncertainty = uncertainty;
  info.resolution = resolution;
  return info;
}

TEST(Decide, AMarginBelowTheUncertaintyDecidesNothing) {
  EXPECT_EQ(decide(2, 1), Verdict::kPass);
  EXPECT_EQ(decide(1, 1), Verdict::kPass);
  EXPECT_EQ(decide(0.5, 1), Verdict::kInconclusive);
  EXPECT_EQ(decide(-0.5, 1), Verdict::kInconclusive);
  EXPECT_EQ(decide(-1, 1), Verdict::kFail);
  EXPECT_EQ(decide(0, 0), Verdict::kPass);
  EXPECT_EQ(decide(-1e-9, 0), Verdict::kFail);
  EXPECT_EQ(decide(std::nan(""), 0), Verdict::kInconclusive);
  EXPECT_EQ(decide(1, std::nan("")), Verdict::kInconclusive);
}

TEST(Decide, AGuardBandLetsPassNeverFail) {
  EXPECT_EQ(decide(0.5, 1, 0.5), Verdict::kPass);
  EXPECT_EQ(decide(0.4, 1, 0.5), Verdict::kInconclusive);
  EXPECT_EQ(decide(-0.9, 1, 1), Verdict::kInconclusive);
  EXPECT_EQ(decide(0, 1, 1), Verdict::kPass);
}

TEST(Limit, TheMarginIsTheDistanceToTheNearerEnd) {
  const Limit band{1, 3};
  EXPECT_EQ(band.margin(1.5), 0.5);
  EXPECT_EQ(band.margin(2.75), 0.25);
  EXPECT_EQ(band.margin(4), -1);
  EXPECT_EQ((Limit{-std::numeric_limits<double>::infinity(), 5}).margin(2), 3);
}

TEST(StatisticJudge, FindsExtremesWithTheirInstantInsideTheWindowOnly) {
  StatisticJudge judge(Statistic::kMaximum, channel({0.5, 0}), 1s);
  judge.add(point(4, 99));  // before
  judge.begin(at_s(5));
  for (int s = 6; s <= 15; ++s) judge.add(point(s, s == 9 ? 7 : 1));
  const Outcome out = judge.finish(at_s(15));
  EXPECT_EQ(out.value, 7);
  EXPECT_EQ(out.at, at_s(9));
  EXPECT_EQ(out.uncertainty, 0.5);
  EXPECT_EQ(out.doubt, "");
}

TEST(StatisticJudge, AMeanOfMeansCountsByTheirLength) {
  auto info = channel();
  info.kind = SampleKind::kMean;
  StatisticJudge judge(Statistic::kMean, info, Duration{0});
  judge.begin(at_s(0));
  Sample a = point(1, 10);
  a.window = 1s;
  Sample b = point(4, 2);
  b.window = 3s;
  Sample straddling = point(5, 1e9);
  straddling.window = 10s;
  judge.add(a);
  judge.add(b);
  judge.add(straddling);
  EXPECT_EQ(judge.finish(at_s(5)).value, 4);
}

TEST(Evidence, AGapAnInvalidOrASaturatedSampleDecidesNothing) {
  const auto doubt_of = [](auto feed) {
    StatisticJudge judge(Statistic::kMaximum, channel(), 1s);
    judge.begin(at_s(0));
    feed(judge);
    return judge.finish(at_s(10)).doubt;
  };
  const auto all = [](StatisticJudge& judge) {
    for (int s = 1; s <= 10; ++s) judge.add(point(s, 1));
  };
  EXPECT_EQ(doubt_of(all), "");
  EXPECT_EQ(doubt_of([](StatisticJudge& judge) {
              for (int s = 1; s <= 10; ++s) {
                if (s < 4 || s > 6) judge.add(point(s, 1));
              }
            }),
            "no sample for 4 s before the one at 7 s");
  EXPECT_EQ(doubt_of([](StatisticJudge& judge) {
              for (int s = 1; s <= 6; ++s) judge.add(point(s, 1));
            }),
            "no sample after the one at 6 s");
  EXPECT_EQ(doubt_of([&](StatisticJudge& judge) {
              judge.add(flagged(0.5, 1, 0));
              all(judge);
            }),
            "the meter gave no valid value at 0.5 s");
  EXPECT_EQ(doubt_of([&](StatisticJudge& judge) {
              judge.add(flagged(0.5, 1, kSampleValid | kSampleSaturated));
              all(judge);
            }),
            "the meter was at the end of its range at 0.5 s");
  EXPECT_EQ(doubt_of([&](StatisticJudge& judge) {
              judge.add(flagged(0.5, 1, kSampleValid | kSampleGapBefore));
              all(judge);
            }),
            "samples are missing before the one at 0.5 s");
  EXPECT_EQ(doubt_of([](StatisticJudge&) {}), "there is no sample in the window");
}

TEST(ThroughoutJudge, FindsTheWorstValueAndItsInstant) {
  ThroughoutJudge judge({0, 10}, channel(), 1s);
  judge.begin(at_s(0));
  for (int s = 1; s <= 5; ++s) judge.add(point(s, s == 3 ? 9.5 : 5));
  const Outcome out = judge.finish(at_s(5));
  EXPECT_EQ(out.value, 9.5);
  EXPECT_EQ(out.at, at_s(3));
}

TEST(ThroughoutJudge, AChannelThatSendsItsChangesHoldsItsLastValue) {
  ThroughoutJudge judge({-1, 0.5}, channel(), Duration{0});
  judge.add(point(1, 1));  // the alarm sounds before the window and goes on into it
  judge.begin(at_s(2));
  judge.add(point(3, 0));
  const Outcome out = judge.finish(at_s(4));
  EXPECT_EQ(out.value, 1);
  EXPECT_EQ(out.at, at_s(2));
}

TEST(FirstTimeJudge, TheTimeIsUncertainByTheSampleBefore) {
  FirstTimeJudge judge({70, 1e9}, channel(), 1s);
  judge.begin(at_s(10));
  for (int s = 11; s <= 20; ++s) judge.add(point(s, s >= 16 ? 75 : 20));
  EXPECT_TRUE(judge.happened());
  const Outcome out = judge.finish(at_s(20));
  EXPECT_EQ(out.value, 6);
  EXPECT_EQ(out.uncertainty, 1);
  EXPECT_EQ(out.at, at_s(16));
}

TEST(FirstTimeJudge, WhatNeverHappensHasNoValueAndWhatHeldAlreadyTakesNoTime) {
  FirstTimeJudge never({70, 1e9}, channel(), 1s);
  never.begin(at_s(0));
  for (int s = 1; s <= 5; ++s) never.add(point(s, 1));
  EXPECT_FALSE(never.finish(at_s(5)).value);
  FirstTimeJudge already({0.5, 2}, channel(), Duration{0});
  already.add(point(1, 1));
  already.begin(at_s(2));
  EXPECT_EQ(already.finish(at_s(3)).value, 0);
}

TEST(TotalizerJudge, VolumeFlowAndErrorAreThoseOfTheDifference) {
  // 2 µL/min for 10 min, read at 10 Hz but late and unevenly.
  Rng rng(5);
  const auto outcome = [&rng](TotalizerValue which, double baseline) {
    TotalizerJudge judge(which, channel({0, 0.05, 0.01}, 0.001), 200ms, baseline);
    judge.add(point(0.9, 1e6));
    judge.begin(at_s(1));
    for (double s = 1; s <= 601; s += 0.1) {
      const double t = s == 1 ? 1 : s + rng.uniform(-0.04, 0.04);
      judge.add(point(t, 1000 + 2 * t / 60));
    }
    return judge.finish(at_s(601));
  };
  EXPECT_NEAR(*outcome(TotalizerValue::kVolume, 0).value, 20, 0.01);
  EXPECT_NEAR(*outcome(TotalizerValue::kMeanFlow, 0).value, 2, 1e-9);
  EXPECT_NEAR(*outcome(TotalizerValue::kFlowError, 1.6).value, 0.25, 1e-9);
  EXPECT_NEAR(*outcome(TotalizerValue::kExcessVolume, 1.5).value, 5, 0.01);
  // 5 % of 20 µL is more than 10 min of 0.01 µL/min; one step of reading more.
  EXPECT_NEAR(outcome(TotalizerValue::kVolume, 0).uncertainty, 1.001, 1e-3);
  EXPECT_NEAR(outcome(TotalizerValue::kMeanFlow, 0).uncertainty, 0.1001, 1e-4);
}

TEST(TotalizerJudge, PolledFlowsMissWhatATotalizerCounts) {
  // Pulses of 12.5 nL that last 0.2 s, one every 2.16 s (0.5 mL/day), as a stiff bench shows them; polled at 1 Hz by a meter that ends
  // at 8.
  const double per_pulse = 0.0125, period = 2.16, width = 0.2;
  const auto flow = [&](double t) { return std::fmod(t, period) < width ? per_pulse / width * 60 : 0.0; };
  const auto volume = [&](double t) { return per_pulse * (std::floor(t / period) + std::min(std::fmod(t, period) / width, 1.0)); };
  TotalizerJudge judge(TotalizerValue::kVolume, channel(), 1s);
  judge.begin(at_s(0));
  double integrated = 0;
  for (int s = 0; s <= 3600; ++s) {
    judge.add(point(s, volume(s)));
    if (s > 0) integrated += std::min(flow(s), 1.7) / 60;
  }
  const double truth = volume(3600);
  EXPECT_NEAR(*judge.finish(at_s(3600)).value, truth, 1e-9);
  EXPECT_LT(integrated, 0.6 * truth);
}

TEST(TotalizerJudge, OneReadingIsNoVolume) {
  TotalizerJudge judge(TotalizerValue::kVolume, channel(), Duration{0});
  judge.begin(at_s(0));
  judge.add(point(1, 5));
  const Outcome out = judge.finish(at_s(2));
  EXPECT_FALSE(out.value);
  EXPECT_NE(out.doubt, "");
}

TEST(EdgeJudge, CountsPulsesInAWindowOpenAtItsBegin) {
  EdgeJudge judge(EdgeValue::kCount, 1e-5);
  judge.add(point(1, 1));
  judge.begin(at_s(2));
  judge.add(point(2, 1));
  for (int i = 0; i < 7; ++i) judge.add(point(2.5 + i, 1));
  EXPECT_EQ(judge.finish(at_s(20)).value, 7);
}

TEST(EdgeJudge, JitterIsTheWorstDeviationFromTheMeanInterval) {
  EdgeJudge judge(EdgeValue::kJitter, 1e-5);
  judge.begin(at_s(0));
  // Intervals 2, 2, 2.2, 1.8, 2: mean 2.
  for (const double s : {1.0, 3.0, 5.0, 7.2, 9.0, 11.0}) judge.add(point(s, 1));
  const Outcome out = judge.finish(at_s(20));
  EXPECT_NEAR(*out.value, 0.1, 1e-9);
  EXPECT_NEAR(out.uncertainty, 1e-5, 1e-12);
  EdgeJudge few(EdgeValue::kJitter, 1e-5);
  few.begin(at_s(0));
  few.add(point(1, 1));
  few.add(point(2, 1));
  EXPECT_FALSE(few.finish(at_s(3)).value);
}

TEST(EdgeJudge, RateAndFirstPulse) {
  EdgeJudge rate(EdgeValue::kRate, 1e-5);
  EdgeJudge first(EdgeValue::kFirstTime, 1e-5);
  rate.begin(at_s(10));
  first.begin(at_s(10));
  for (int i = 0; i < 11; ++i) {
    rate.add(point(12 + 0.5 * i, i));
    first.add(point(12 + 0.5 * i, i));
  }
  EXPECT_NEAR(*rate.finish(at_s(30)).value, 120, 1e-9);
  EXPECT_NEAR(*first.finish(at_s(30)).value, 2, 1e-9);
  EdgeJudge none(EdgeValue::kFirstTime, 1e-5);
  none.begin(at_s(10));
  EXPECT_FALSE(none.finish(at_s(20)).value);
}

TEST(EdgeJudge, TheLastPulseTellsWhenAStopWas) {
  EdgeJudge judge(EdgeValue::kLastTime, 1e-5);
  judge.begin(at_s(100));
  judge.add(point(100.4, 1));
  EXPECT_NEAR(*judge.finish(at_s(200)).value, 0.4, 1e-9);
  EdgeJudge none(EdgeValue::kLastTime, 1e-5);
  none.begin(at_s(100));
  EXPECT_EQ(none.finish(at_s(200)).value, 0);
}

}  // namespace
}  // namespace pumprig::monitor
