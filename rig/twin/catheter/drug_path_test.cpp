// The way of the drug against the analytic front, the arithmetic of a bridge, and its own balance.
#include "rig/twin/catheter/drug_path.h"

#include <gtest/gtest.h>

#include <cmath>

#include "rig/base/rng.h"

namespace pumprig::twin {
namespace {

// Steps of 12.5 nL at an even rate, told to the path every 32 steps.
class Therapy {
 public:
  explicit Therapy(const DrugPathConfig& config = {}) : path(config) {}
  void run(double ml_per_day, double hours) {
    const double ul = ml_per_day * 1000 / 24 * hours;
    const int parts = std::max(1, static_cast<int>(std::ceil(ul / 0.4)));
    for (int i = 0; i < parts; ++i) {
      hours_ += hours / parts;
      out_ += ul / parts;
      path.advance(kRunStart + from_seconds(hours_ * 3600), {out_, 0, out_, out_}, 20'000);
    }
  }
  double out() const { return out_; }
  DrugPath path;

 private:
  double hours_ = 0;
  double out_ = 0;
};

DrugPathConfig catheter_alone() {
  DrugPathConfig config;
  config.tube_ul = 50;  // 22.7 cm
  config.catheter_cm = 80 - 50 / config.ul_per_cm;
  return config;
}

struct Front {
  double at10 = 0;
  double at50 = 0;
  double at90 = 0;
  double width() const { return at90 - at10; }
};

// Volume at which the new drug reaches 10, 50, 90 % at the tip.
Front front_of(const DrugPathConfig& config, double ml_per_day) {
  Therapy therapy(config);
  therapy.path.refill({1, 0});
  Front front;
  double before_out = 0;
  double before_dose = 0;
  double before_c = 0;
  const double piece = config.path_ul() / 400;
  while (therapy.out() < 2 * config.path_ul()) {
    therapy.run(ml_per_day, piece / (ml_per_day * 1000 / 24));
    const double c = (therapy.path.tip()[0] - before_dose) / (therapy.out() - before_out);
    const double middle = (therapy.out() + before_out) / 2;
    for (auto [level, at] : {std::pair{0.1, &front.at10}, {0.5, &front.at50}, {0.9, &front.at90}}) {
      if (before_c < level && c >= level) *at = middle - piece * (c - level) / (c - before_c);
    }
    before_c = c;
    before_out = therapy.out();
    before_dose = therapy.path.tip()[0];
  }
  return front;
}

// 10 to 90 % of erfc((L − u·t)/(2·√(D_eff·t)))/2 near t = L/u, as a part of the path.
double analytic_width(double length_m, double radius_m, double ml_per_day, double diffusivity = 5e-10) {
  const double u = ml_per_day * 1e-6 / 86'400 / (M_PI * radius_m * radius_m);
  const double peclet = u * radius_m / diffusivity;
  const double sigma = std::sqrt(2 * diffusivity * (1 + peclet * peclet / 48) * length_m / u);
  return 2 * 1.2815516 * sigma / length_m;
}

TEST(DrugPath, TheFrontOf80CentimetresIsAsWideAsTaylorAndArisSay) {
  const DrugPathConfig config = catheter_alone();
  ASSERT_NEAR(config.path_ul(), 176, 1e-9);
  for (const double rate : {0.048, 0.1, 0.25, 0.5, 0.9}) {
    const Front front = front_of(config, rate);
    const double width = front.width() / config.path_ul();
    EXPECT_NEAR(width, analytic_width(0.8, config.radius_m(), rate), 0.002) << rate;
    EXPECT_NEAR(front.at50, config.path_ul(), 0.005 * config.path_ul()) << rate;
    EXPECT_GT(width, 0.034) << rate;
    EXPECT_LT(width, 0.060) << rate;
  }
  // Priming blurs it over a quarter of the path.
  const Front fast = front_of(config, 24);
  EXPECT_NEAR(fast.width() / config.path_ul(), 0.25, 0.02);
  EXPECT_NEAR(fast.width() / config.path_ul(), analytic_width(0.8, config.radius_m(), 24), 0.015);
}

// The volume of new fluid that has come out: the integral of the front over the volume.
TEST(DrugPath, TheFrontHasTheShapeOfTheAnalyticSolution) {
  const DrugPathConfig config;
  const double radius = config.radius_m();
  const double area = M_PI * radius * radius;
  const double length = config.path_ul() * 1e-9 / area;
  for (const double rate : {0.048, 0.1, 0.25, 0.5, 0.9}) {
    const double u = rate * 1e-6 / 86'400 / area;
    const double spread = taylor_aris_m2_per_s(u, radius, config.diffusivity_m2_per_s);
    const auto front = [&](double out_ul) {
      const double t = out_ul * 1e-9 / area / u;
      return 0.5 * std::erfc((length - u * t) / (2 * std::sqrt(spread * t)));
    };
    Therapy therapy;
    therapy.path.refill({1, 0});
    double fresh = 0;
    double at = 0;
    double worst = 0;
    while (therapy.out() < 1.2 * config.path_ul()) {
      therapy.run(rate, 0.5 / (rate * 1000 / 24));
      const double piece = (therapy.out() - at) / 10;
      for (int i = 0; i < 10; ++i) fresh += piece * front(at + (i + 0.5) * piece);
      at = therapy.out();
      worst = std::max(worst, std::fabs(therapy.path.tip()[0] - fresh));
    }
    EXPECT_LT(worst, 0.1) << rate;  // µL of 375: 0.03 %
  }
}

// 10 mg/mL in the path, 20 mg/mL in the reservoir, 5 mg/day wanted: 0.5 mL/day for the volume of the path, then 0.25 mL/day.
TEST(DrugPath, WithABridgeEveryThreeHoursBringTheDoseWithin15Percent) {
  Therapy therapy;
  therapy.path.fill({10, 0});
  therapy.path.refill({20, 0});
  double before = 0;
  const double wanted = 5000.0 / 8;  // µg in 3 h
  for (int i = 0; i < 16; ++i) {
    therapy.run(i < 6 ? 0.5 : 0.25, 3);
    EXPECT_NEAR(therapy.path.tip()[0] - before, wanted, 0.15 * wanted) << "3 h window " << i;
    before = therapy.path.tip()[0];
  }
  EXPECT_NEAR(before, 2 * 5000, 0.02 * 10'000);
}

TEST(DrugPath, WithoutABridgeHalfTheDoseComesFor36Hours) {
  Therapy therapy;
  therapy.path.fill({10, 0});
  therapy.path.refill({20, 0});
  double before = 0;
  const double wanted = 5000.0 / 8;
  for (int i = 0; i < 16; ++i) {
    therapy.run(0.25, 3);
    const double part = (therapy.path.tip()[0] - before) / wanted;
    if (i < 11) {
      EXPECT_NEAR(part, 0.5, 0.01) << i;
    }
    if (i > 12) {
      EXPECT_NEAR(part, 1, 0.01) << i;
    }
    before = therapy.path.tip()[0];
  }
}

TEST(DrugPath, TheOtherWayRoundAForgottenBridgeDoublesTheDose) {
  Therapy therapy;
  therapy.path.fill({20, 0});
  therapy.path.refill({10, 0});
  therapy.run(0.5, 12);  // the rate for 10 mg/mL
  EXPECT_NEAR(therapy.path.tip()[0], 2 * 2500, 1);
}

TEST(DrugPath, ARefillWithAnotherDrugLetsTheOldOneOutFirst) {
  Therapy therapy;
  therapy.path.fill({1, 0});
  therapy.path.refill({0, 0.025});
  therapy.run(0.25, 24);
  EXPECT_NEAR(therapy.path.tip()[0], 250, 0.01);
  EXPECT_NEAR(therapy.path.tip()[1], 0, 1e-4);
  therapy.run(0.25, 48);
  EXPECT_NEAR(therapy.path.tip()[0], 375, 0.01);
  EXPECT_NEAR(therapy.path.tip()[1], (750 - 375) * 0.025, 1e-4);
}

TEST(DrugPath, WhatLeaksAtThePortDoesNotArrive) {
  DrugPath path{DrugPathConfig{}};
  path.fill({10, 0});
  // A third leaks, then all of it.
  path.advance(kRunStart + from_seconds(3600), {30, 10, 20, 20}, 20'000);
  EXPECT_NEAR(path.tip()[0], 200, 1e-9);
  EXPECT_NEAR(path.lost()[0], 100, 1e-9);
  path.advance(kRunStart + from_seconds(7200), {60, 40, 20, 20}, 20'000);
  EXPECT_NEAR(path.tip()[0], 200, 1e-9);
  EXPECT_NEAR(path.lost()[0], 400, 1e-9);
}

TEST(DrugPath, BlockedNothingArrivesAndWhatIsStoredComesWhenItOpens) {
  DrugPath path{DrugPathConfig{}};
  path.fill({10, 0});
  path.advance(kRunStart + from_seconds(3600), {14, 0, 0, 0}, 20'000);
  EXPECT_EQ(path.tip()[0], 0);
  EXPECT_NEAR(path.carried()[0], 3750 + 140, 1e-9);
  path.advance(kRunStart + from_seconds(3660), {14, 0, 14, 14}, 20'000);
  EXPECT_NEAR(path.tip()[0], 140, 1e-9);
}

TEST(DrugPath, AskingAheadTakesNothingAway) {
  DrugPath path{DrugPathConfig{}};
  path.fill({10, 1});
  EXPECT_NEAR(path.tip_at(2.5)[0], 25, 1e-12);
  EXPECT_NEAR(path.tip_at(2.5)[1], 2.5, 1e-12);
  EXPECT_NEAR(path.tip_concentration_at(2.5)[0], 10, 1e-9);
  EXPECT_NEAR(path.tip_concentration_at(2.5)[1], 1, 1e-9);
  EXPECT_EQ(path.tip()[0], 0);
}

TEST(DrugPath, KeepsEveryMicrogramThroughLeaksBackflowRefillsAndPauses) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Rng rng(seed);
    DrugPath path{DrugPathConfig{}};
    path.fill({rng.uniform(0, 20), rng.uniform(0, 1)});
    const DrugMass begin = path.carried();
    PathFlow flow;
    TimePoint t = kRunStart;
    for (int i = 0; i < 3000; ++i) {
      t += from_seconds(rng.below(100) == 0 ? 1e5 : rng.uniform(0, 200));
      const double in = rng.below(20) == 0 ? rng.uniform(-3, 12) : rng.uniform(-0.05, 0.6);
      const double leaked = rng.below(3) == 0 ? in * rng.uniform(-0.5, 1.2) : 0;
      const double past = (in - leaked) * rng.uniform(0.98, 1.02);
      flow.into_tube += in;
      flow.leaked += leaked;
      flow.into_catheter += past;
      flow.delivered += past * rng.uniform(0.98, 1.02);
      path.advance(t, flow, 15'000);
      if (rng.below(200) == 0) path.refill({rng.uniform(0, 20), rng.uniform(0, 1)});
    }
    for (std::size_t d = 0; d < kDrugs; ++d) {
      const double in = begin[d] + path.entered()[d];
      EXPECT_NEAR(path.carried()[d] + path.tip()[d] + path.lost()[d], in, 1e-10 * std::fabs(in)) << "seed " << seed;
      EXPECT_GE(path.tip()[d], 0);
    }
  }
}

}  // namespace
}  // namespace pumprig::twin
