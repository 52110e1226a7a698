// Random histories: what holds whatever happens.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "rig/base/rng.h"
#include "rig/twin/plant/plant.h"

namespace pumprig::twin {
namespace {

Conditions random_conditions(Rng& rng) {
  Conditions c;
  if (rng.below(2) == 0) return c;
  c.outlet_occluded = rng.below(4) == 0;
  c.catheter_occluded = rng.below(5) == 0;
  c.disconnected = rng.below(6) == 0;
  if (rng.below(3) == 0) c.kink_pa_s_per_m3 = std::pow(10, rng.uniform(12, 18));
  if (rng.below(3) == 0) c.leak_ul_per_s_per_kpa = std::pow(10, rng.uniform(-6, 0));
  c.leak_kpa = rng.uniform(0, 2);
  if (rng.below(3) == 0) c.roller_ul_per_s_per_kpa = rng.uniform(0.1, 5) / 3600;
  c.gain_factor = rng.uniform(0.8, 2);
  c.stalled = rng.below(8) == 0;
  if (rng.below(3) == 0) c.bubble_ul = std::pow(10, rng.uniform(0, 1.7));
  if (rng.below(4) == 0) c.back_leak_per_kpa = rng.uniform(0, 0.1);
  c.ambient_offset_kpa = rng.below(4) == 0 ? rng.uniform(-30, 100) : 0;
  c.back_pressure_kpa = rng.uniform(-10, 40);
  return c;
}

PlantConfig random_config(Rng& rng) {
  PlantConfig config;
  config.head.start_step = static_cast<int>(rng.below(960));
  config.temperature_c = rng.uniform(15, 41);
  config.wet_path.restrictor_pa_s_per_m3 = rng.below(2) == 0 ? 1e14 : std::pow(10, rng.uniform(10, 15));
  config.wet_path.compliance_ul_per_kpa = std::pow(10, rng.uniform(-2, 0.5));
  if (rng.below(2) == 0) config.patient = PatientConfig::implanted();
  return config;
}

struct Seen {
  TimePoint t;
  double pressure, metered, flow;
};

class PlantHistory : public testing::TestWithParam<int> {};

TEST_P(PlantHistory, NoVolumeIsMadeOrLost) {
  Rng rng = Rng::stream(static_cast<std::uint64_t>(GetParam()), "history");
  auto plant = Plant::create(random_config(rng)).value();
  const double full = plant->reservoir_ul(kRunStart);
  TimePoint t = kRunStart;
  for (int i = 0; i < 3000; ++i) {
    t += Duration{static_cast<std::int64_t>(std::pow(10, rng.uniform(3, 10.3)))};
    const auto what = rng.below(40);
    if (what == 0) {
      plant->set_conditions(t, random_conditions(rng));
    } else if (what < 30) {
      plant->step(t, rng.below(20) == 0 ? -1 : +1);
    }
    const double in = plant->displaced_ul() + plant->roller_ul(t);
    const double out = plant->stored_ul(t) + plant->delivered_ul(t) + plant->leaked_ul(t);
    ASSERT_NEAR(in, out, 1e-9 * (1 + std::fabs(in) + std::fabs(plant->leaked_ul(t)))) << "event " << i;
    ASSERT_NEAR(full - plant->reservoir_ul(t), in, 1e-9 * (1 + std::fabs(in))) << "event " << i;
  }
}

TEST_P(PlantHistory, ThePastReadsAsItDidWhenItWasThePresent) {
  Rng rng = Rng::stream(static_cast<std::uint64_t>(GetParam()), "past");
  auto plant = Plant::create(random_config(rng)).value();
  std::vector<Seen> seen;
  TimePoint t = kRunStart;
  for (int i = 0; i < 1500; ++i) {
    t += Duration{static_cast<std::int64_t>(std::pow(10, rng.uniform(5, 9.7)))};
    if (rng.below(30) == 0) {
      auto c = random_conditions(rng);
      c.roller_ul_per_s_per_kpa = 0;
      plant->set_conditions(t, c);
    } else if (rng.below(2) == 0) {
      plant->step(t);
    } else {
      seen.push_back({t, plant->outlet_kpa(t), plant->metered_ul(t), plant->metered_ul_per_min(t)});
    }
  }
  for (const auto& s : seen) {
    ASSERT_EQ(plant->outlet_kpa(s.t), s.pressure);
    ASSERT_EQ(plant->metered_ul(s.t), s.metered);
    ASSERT_EQ(plant->metered_ul_per_min(s.t), s.flow);
  }
  EXPECT_EQ(plant->clamped_queries(), 0u);
}

TEST_P(PlantHistory, TheExtremesOfAWindowHoldEveryValueInIt) {
  Rng rng = Rng::stream(static_cast<std::uint64_t>(GetParam()), "extremes");
  auto plant = Plant::create(random_config(rng)).value();
  TimePoint t = kRunStart;
  std::vector<TimePoint> strokes;
  for (int i = 0; i < 200; ++i) {
    strokes.push_back(t += Duration{static_cast<std::int64_t>(rng.uniform(1e7, 4e8))});
    plant->step(t);
  }
  for (int window = 0; window < 8; ++window) {
    const TimePoint from = at_ns(static_cast<std::int64_t>(rng.uniform() * static_cast<double>(to_ns(t))));
    const TimePoint to = std::min(t, from + Duration{static_cast<std::int64_t>(rng.uniform(1e6, 2e9))});
    const auto range = plant->metered_range_ul_per_min(from, to);
    double least = 1e300;
    double most = -1e300;
    const auto look = [&](TimePoint when) {
      if (when < from || when > to) return;
      const double q = plant->metered_ul_per_min(when);
      least = std::min(least, q);
      most = std::max(most, q);
    };
    for (int i = 0; i <= 4000; ++i) look(from + Duration{(to - from).count() * i / 4000});
    for (const TimePoint stroke : strokes) {
      look(stroke - Duration{1});
      for (double ns = 1; ns < 1e9; ns *= 1.05) look(stroke + Duration{static_cast<std::int64_t>(ns)});
    }
    const double slack = 2e-3 * (most - least) + 1e-12;  // what 64 points a period of a swing may miss
    EXPECT_NEAR(range.min, least, slack);
    EXPECT_NEAR(range.max, most, slack);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PlantHistory, testing::Range(1, 25));

TEST(PlantHistory, AnEventThatComesLateCountsAtTheLastOne) {
  auto plant = Plant::create(PlantConfig{}).value();
  plant->set_conditions(at_ns(2'000'000'000), Conditions{});
  plant->step(at_ns(1'000'000'000));
  EXPECT_EQ(plant->outlet_kpa(at_ns(1'500'000'000)), 0);
  const double first = plant->outlet_kpa(at_ns(2'000'000'000));
  EXPECT_GT(first, 0.05);
  EXPECT_LT(plant->outlet_kpa(at_ns(3'000'000'000)), first);
}

TEST(PlantHistory, AQuestionBeyondTheHistoryIsCountedNotAnsweredWithNonsense) {
  auto plant = Plant::create(PlantConfig{}).value();
  TimePoint t = kRunStart;
  for (std::size_t i = 0; i < 2 * Plant::kHistory; ++i) plant->step(t += Duration{1'000'000});
  EXPECT_GE(plant->metered_ul(at_ns(5)), 0);
  EXPECT_EQ(plant->clamped_queries(), 1u);
}

}  // namespace
}  // namespace pumprig::twin
