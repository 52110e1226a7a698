#include "rig/twin/plant/plant.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace pumprig::twin {
namespace {

TimePoint seconds(double s) {
  return at_ns(static_cast<std::int64_t>(std::llround(s * 1e9)));
}

PlantConfig even_bench() {
  PlantConfig config;
  config.head.ripple = 0;
  config.wet_path.meter_pa_s_per_m3 = 1;  // so that the restrictor is the whole resistance
  return config;
}

constexpr double kStepUl = 0.0125;

// ---- pump head ------------------------------------------------------------------------------------------------------------------------

TEST(PumpHead, ARevolutionDisplacesTwelveMicrolitresTimesItsGain) {
  PumpHeadConfig config;
  config.gain = 1.07;
  config.start_step = 123;
  PumpHead head(config);
  double sum = 0;
  for (int i = 0; i < 960; ++i) sum += head.step(0, +1).volume_ul;
  EXPECT_NEAR(sum, 12.0 * 1.07, 1e-12);
  EXPECT_EQ(head.position(), 123);
}

TEST(PumpHead, AStepIsTheFlowDensityIntegratedOverIt) {
  for (const double k : {0.0, 0.3, 0.6, 0.9}) {
    PumpHeadConfig config;
    config.ripple = k;
    const PumpHead head(config);
    const auto density = [&](double phase) {  // µL a sector
      const double w = phase > 0.8 ? 0.5 * (1 - std::cos(2 * std::numbers::pi * (phase - 0.8) / 0.2)) : 0;
      return 4.0 * (1 - k * w) / (1 - k * 0.1);
    };
    for (int i : {0, 100, 255, 256, 257, 287, 288, 300, 319}) {
      constexpr int kParts = 2000;  // midpoint rule
      double sum = 0;
      for (int j = 0; j < kParts; ++j) sum += density((i + (j + 0.5) / kParts) / 320.0) / (320.0 * kParts);
      EXPECT_NEAR(head.nominal_ul(i), sum, 1e-9) << "k " << k << " step " << i;
      EXPECT_DOUBLE_EQ(head.nominal_ul(i), head.nominal_ul(i + 640));
    }
  }
}

TEST(PumpHead, AMicrolitreMissesByMinus19ToPlus6PercentByTheRotorsPhase) {
  double least = 1e9;
  double most = 0;
  for (int phase = 0; phase < 320; ++phase) {
    PumpHeadConfig config;
    config.start_step = phase;
    PumpHead head(config);
    double sum = 0;
    for (int i = 0; i < 80; ++i) sum += head.step(0, +1).volume_ul;
    least = std::min(least, sum);
    most = std::max(most, sum);
  }
  EXPECT_NEAR(least, 0.81, 0.005);
  EXPECT_NEAR(most, 1.06, 0.005);
}

TEST(PumpHead, RollersSlipFrom150AndTheMotorStallsAt250Kilopascals) {
  PumpHeadConfig config;
  config.ripple = 0;
  PumpHead head(config);
  EXPECT_DOUBLE_EQ(head.step(150, +1).volume_ul, kStepUl);
  EXPECT_DOUBLE_EQ(head.step(200, +1).volume_ul, kStepUl / 2);
  EXPECT_TRUE(head.step(249.9, +1).moved);
  const int before = head.position();
  EXPECT_FALSE(head.step(250, +1).moved);
  EXPECT_EQ(head.position(), before);
}

TEST(PumpHead, StepsBackwardsUndoStepsForwards) {
  PumpHeadConfig config;
  config.start_step = 250;
  PumpHead head(config);
  double sum = 0;
  for (int i = 0; i < 100; ++i) sum += head.step(0, +1).volume_ul;
  for (int i = 0; i < 100; ++i) sum += head.step(0, -1).volume_ul;
  EXPECT_NEAR(sum, 0, 1e-15);
  EXPECT_EQ(head.position(), 250);
}

TEST(PumpHead, MissesJustTheStepsThatItIsToldToMiss) {
  PumpHead head(PumpHeadConfig{});
  head.add_missed_steps(3);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(head.step(0, +1).moved);
  EXPECT_TRUE(head.step(0, +1).moved);
  EXPECT_EQ(head.position(), 1);
}

// ---- reservoir ------------------------------------------------------------------------------------------------------------------------

TEST(Reservoir, PropellantFollowsThePublishedVapourPressures) {
  EXPECT_NEAR(propellant_kpa_absolute(25), 91.6, 0.05);
  EXPECT_NEAR(propellant_kpa_absolute(35), 128.8, 0.05);
  EXPECT_NEAR(propellant_kpa_absolute(37), 137.4, 0.05);
  EXPECT_NEAR(propellant_kpa_absolute(40), 151.2, 0.05);
}

TEST(Reservoir, SpringAndOverfillAndEmptinessShowAtTheInlet) {
  ReservoirConfig config;
  Reservoir reservoir(config);
  EXPECT_NEAR(reservoir.inlet_kpa(36), 31, 1e-9);  // full
  reservoir.set_volume_ul(10'000);
  EXPECT_NEAR(reservoir.inlet_kpa(36), 36, 1e-9);
  reservoir.set_volume_ul(21'000);
  EXPECT_NEAR(reservoir.inlet_kpa(36), 39, 1e-9);
  reservoir.set_volume_ul(250);
  EXPECT_NEAR(reservoir.inlet_kpa(36), 0.5 * (36 + 5 - 10 * 250.0 / 20'000), 1e-9);
  reservoir.set_volume_ul(0);
  EXPECT_EQ(reservoir.inlet_kpa(36), 0);
}

// ---- fluid ----------------------------------------------------------------------------------------------------------------------------

TEST(Plant, OneStrokeDecaysWithTheTimeConstantOfTheBench) {
  auto plant = Plant::create(even_bench()).value();
  plant->step(seconds(1));
  const double tau = 20;  // 100 kPa·s/µL × 0.2 µL/kPa
  for (const double dt : {0.0, 0.001, 1.0, 20.0, 90.0}) {
    EXPECT_NEAR(plant->outlet_kpa(seconds(1 + dt)), kStepUl / 0.2 * std::exp(-dt / tau), 1e-12) << dt;
    EXPECT_NEAR(plant->metered_ul(seconds(1 + dt)), kStepUl * (1 - std::exp(-dt / tau)), 1e-12) << dt;
    EXPECT_NEAR(plant->metered_ul_per_min(seconds(1 + dt)), 60 * kStepUl / tau * std::exp(-dt / tau), 1e-10) << dt;
  }
}

TEST(Plant, SteadyDeliveryHoldsTheRestrictorsPressureDrop) {
  auto plant = Plant::create(even_bench()).value();
  double t = 0;
  for (int i = 0; i < 500; ++i, t += 2.16) plant->step(seconds(t));
  // 0.5 mL/day through 1e14 Pa·s/m³ is 0.58 kPa; between strokes it swings by the stroke over the compliance.
  const double mean = 0.5787;
  EXPECT_NEAR(plant->outlet_kpa(seconds(t - 1.08)), mean, 0.01 * mean);
  const double before = plant->metered_ul(seconds(t - 2.16));
  EXPECT_NEAR(plant->metered_ul(seconds(t)) - before, kStepUl, 1e-6);
}

struct OcclusionCase {
  double ml_per_day;
  double compliance;
  double seconds;
  double tolerance;
};

// Time to +100 kPa of a blocked outlet. The reservoir is warm, so that the rollers do not slip below that.
TEST(Plant, AnOcclusionReaches100KilopascalsWhenComplianceOverFlowSays) {
  for (const auto& c :
       {OcclusionCase{0.048, 0.2, 36'000, 300}, {0.5, 0.2, 3456, 5}, {1, 0.2, 1728, 3}, {24, 0.2, 72, 1}, {0.5, 1.0, 17'280, 60}}) {
    auto config = even_bench();
    config.temperature_c = 37;
    config.wet_path.compliance_ul_per_kpa = c.compliance;
    auto plant = Plant::create(config).value();
    Conditions conditions;
    conditions.outlet_occluded = true;
    plant->set_conditions(kRunStart, conditions);
    const double interval = kStepUl / (c.ml_per_day * 1000 / 86'400);
    double t = 0;
    while (plant->outlet_kpa(seconds(t)) < 100 - 1e-6) plant->step(seconds(t += interval));
    EXPECT_NEAR(t, 100 * c.compliance / (c.ml_per_day * 1000 / 86'400), 1.01 * interval);
    EXPECT_NEAR(t, c.seconds, c.tolerance);
  }
}

TEST(Plant, ClearingAnOcclusionReleasesComplianceTimesPressure) {
  auto plant = Plant::create(even_bench()).value();
  Conditions conditions;
  conditions.outlet_occluded = true;
  plant->set_conditions(kRunStart, conditions);
  double t = 0;
  while (plant->outlet_kpa(seconds(t)) < 70) plant->step(seconds(t += 2.16));
  const double trip = plant->outlet_kpa(seconds(t));
  EXPECT_EQ(plant->metered_ul(seconds(t)), 0);
  plant->set_conditions(seconds(t), Conditions{});
  EXPECT_NEAR(plant->metered_ul(seconds(t + 600)), 0.2 * trip, 1e-6);
  EXPECT_NEAR(plant->metered_ul(seconds(t + 600)), 14, 0.02);
}

// What a bubble of V0 at ambient pressure A has given way by at p: V0·p/(A + p), the law of Boyle and Mariotte.
double given_way_ul(double bubble_ul, double kpa) {
  return bubble_ul * kpa / (101.325 + kpa);
}

TEST(Plant, ABubbleDelaysAnOcclusionByWhatItGivesWay) {
  for (const double bubble : {0.0, 1.0, 10.0, 50.0}) {
    auto config = even_bench();
    config.temperature_c = 37;
    auto plant = Plant::create(config).value();
    Conditions conditions;
    conditions.outlet_occluded = true;
    conditions.bubble_ul = bubble;
    plant->set_conditions(kRunStart, conditions);
    double t = 0;
    double in = 0;
    while (plant->outlet_kpa(seconds(t)) < 70) {
      in += plant->step(seconds(t += 2.16)).volume_ul;
      const double p = plant->outlet_kpa(seconds(t));
      ASSERT_NEAR(0.2 * p + given_way_ul(bubble, p), in, 0.003) << bubble;
    }
    EXPECT_NEAR(in, 14 + given_way_ul(bubble, 70), 2 * kStepUl) << bubble;
    EXPECT_NEAR(plant->stored_ul(seconds(t)), in, 1e-9);
  }
}

TEST(Plant, ABubbleFeelsAStepOfAnySize) {
  auto plant = Plant::create(even_bench()).value();
  Conditions conditions;
  conditions.outlet_occluded = true;
  plant->set_conditions(kRunStart, conditions);
  for (int i = 1; i <= 800; ++i) plant->step(seconds(i));
  const double before = plant->outlet_kpa(seconds(1000));
  conditions.bubble_ul = 10;
  plant->set_conditions(seconds(1000), conditions);
  EXPECT_NEAR(plant->outlet_kpa(seconds(1000)), before, 1e-9) << "it comes at the pressure that there is";
  conditions.ambient_offset_kpa = -30;
  plant->set_conditions(seconds(1000), conditions);
  // What is stored stays: C·p − V0·P0/(A + p) is the same before and after.
  const double after = plant->outlet_kpa(seconds(1000));
  EXPECT_NEAR(0.2 * after - 10 * 101.325 / (71.325 + after), 0.2 * before - 10 * 101.325 / (101.325 + before), 1e-9);
  EXPECT_GT(after, before + 1);
  conditions.bubble_ul = 0;
  plant->set_conditions(seconds(1000), conditions);
  EXPECT_NEAR(plant->outlet_kpa(seconds(1000)), after, 1e-9);
}

// (C + K/(A + p)²)·dp/dt = −p/R, so t = R·[C·ln p + K/A²·(ln(p/(A + p)) + A/(A + p))] between the pressures.
TEST(Plant, ABubbleAddsToTheReleaseOfAnOcclusion) {
  auto plant = Plant::create(even_bench()).value();
  Conditions conditions;
  conditions.outlet_occluded = true;
  conditions.bubble_ul = 50;
  plant->set_conditions(kRunStart, conditions);
  double t = 0;
  while (plant->outlet_kpa(seconds(t)) < 70) plant->step(seconds(t += 2.16));
  const double trip = plant->outlet_kpa(seconds(t));
  const double metered = plant->metered_ul(seconds(t));
  conditions.outlet_occluded = false;
  plant->set_conditions(seconds(t), conditions);
  const auto primitive = [](double p) {
    constexpr double kA = 101.325;
    return 100 * (0.2 * std::log(p) + 50 / kA * (std::log(p / (kA + p)) + kA / (kA + p)));  // 1e14 Pa·s/m³ are 100 kPa·s/µL
  };
  for (const double p : {60.0, 40.0, 20.0, 5.0}) {
    EXPECT_NEAR(plant->outlet_kpa(seconds(t + primitive(trip) - primitive(p))), p, 0.03);
  }
  EXPECT_NEAR(plant->metered_ul(seconds(t + 3600)) - metered, 0.2 * trip + given_way_ul(50, trip), 0.01);
}

TEST(Plant, ARefillBesideTheSeptumStaysInTheTissue) {
  PlantConfig config;
  config.reservoir.volume_ul = 4000;
  auto plant = Plant::create(config).value();
  plant->set_content(kRunStart, {10, 0});
  Conditions conditions;
  conditions.beside_septum = 1;
  plant->set_conditions(kRunStart, conditions);
  plant->refill(kRunStart, 20'000);
  plant->set_reservoir_content(kRunStart, {0, 2});
  EXPECT_DOUBLE_EQ(plant->reservoir_ul(kRunStart), 4000);
  EXPECT_DOUBLE_EQ(plant->pocket_ul(), 20'000);
  EXPECT_DOUBLE_EQ(plant->drug_path(kRunStart).reservoir()[0], 10);
  conditions.beside_septum = 0.25;
  plant->set_conditions(kRunStart, conditions);
  plant->refill(kRunStart, 20'000);
  plant->set_reservoir_content(kRunStart, {0, 2});
  EXPECT_DOUBLE_EQ(plant->reservoir_ul(kRunStart), 16'000);  // 1 mL of the old, 15 mL of the new
  EXPECT_DOUBLE_EQ(plant->pocket_ul(), 25'000);
  EXPECT_DOUBLE_EQ(plant->drug_path(kRunStart).reservoir()[0], 10 / 16.0);
  EXPECT_DOUBLE_EQ(plant->drug_path(kRunStart).reservoir()[1], 2 * 15 / 16.0);
  plant->set_conditions(kRunStart, Conditions{});
  plant->refill(kRunStart, 20'000);
  plant->set_reservoir_content(kRunStart, {10, 0});
  EXPECT_DOUBLE_EQ(plant->reservoir_ul(kRunStart), 20'000);
  EXPECT_DOUBLE_EQ(plant->drug_path(kRunStart).reservoir()[0], 10);
}

TEST(Plant, ARisingLoadSwallowsAsManyStepsAsItsShareAndThenAll) {
  auto plant = Plant::create(even_bench()).value();
  Conditions conditions;
  conditions.load_begin_s = 100;
  conditions.load_rise_s = 1000;
  plant->set_conditions(kRunStart, conditions);
  double missed = 0;
  for (int i = 1; i <= 2000; ++i) {
    if (!plant->step(seconds(i)).moved) ++missed;
    const double rising = std::clamp((i - 100) / 1000.0, 0.0, 1.0);
    ASSERT_NEAR(missed, 500 * rising * rising + std::max(0, i - 1100), 2) << i;  // the share's integral
  }
  plant->set_conditions(seconds(2000), Conditions{});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(plant->step(seconds(2001 + i)).moved);
}

// Against a closed outlet C·dp = q·(1 − k·(p − inlet))·dn: what is left of the way to inlet + 1/k dies away.
TEST(Plant, WornRollersLetAStepBackInProportionToThePressure) {
  auto config = even_bench();
  config.temperature_c = 37;
  auto plant = Plant::create(config).value();
  Conditions conditions;
  conditions.outlet_occluded = true;
  conditions.back_leak_per_kpa = 0.05;
  plant->set_conditions(kRunStart, conditions);
  const double inlet = plant->inlet_kpa(kRunStart);
  EXPECT_GT(inlet, 0);
  int n = 0;
  while (plant->outlet_kpa(seconds(n)) < inlet) plant->step(seconds(++n));
  EXPECT_NEAR(n, inlet * 0.2 / kStepUl, 1) << "as sound rollers below the pressure at the inlet";
  const double begin = plant->outlet_kpa(seconds(n)) - inlet;
  for (int i = 1; i <= 2000; ++i) {
    plant->step(seconds(n + i));
    ASSERT_NEAR(plant->outlet_kpa(seconds(n + i)) - inlet, 20 - (20 - begin) * std::exp(-0.05 * i * kStepUl / 0.2), 0.05) << i;
  }
}

TEST(Plant, AKinkMovesTheSteadyPressureWithTheResistance) {
  auto plant = Plant::create(even_bench()).value();
  Conditions conditions;
  conditions.kink_pa_s_per_m3 = 9e14;
  plant->set_conditions(kRunStart, conditions);
  double t = 0;
  for (int i = 0; i < 2000; ++i) plant->step(seconds(t += 2.16));
  EXPECT_NEAR(plant->outlet_kpa(seconds(t)), 5.787, 0.06);
}

TEST(Plant, ALeakLikeTheRestrictorTakesHalfOfTheFlow) {
  auto plant = Plant::create(even_bench()).value();
  Conditions conditions;
  conditions.leak_ul_per_s_per_kpa = 0.01;
  plant->set_conditions(kRunStart, conditions);
  for (int i = 0; i < 100; ++i) plant->step(seconds(i));
  EXPECT_NEAR(plant->metered_ul(seconds(1000)), 50 * kStepUl, 1e-9);
  EXPECT_NEAR(plant->leaked_ul(seconds(1000)), 50 * kStepUl, 1e-9);
}

TEST(Plant, ADisconnectedLinePassesNothingToTheMetersAndLosesItsPressure) {
  auto plant = Plant::create(even_bench()).value();
  for (int i = 0; i < 100; ++i) plant->step(seconds(i));
  const double before = plant->metered_ul(seconds(100));
  Conditions conditions;
  conditions.disconnected = true;
  plant->set_conditions(seconds(100), conditions);
  plant->step(seconds(101));
  EXPECT_EQ(plant->metered_ul(seconds(110)), before);
  EXPECT_NEAR(plant->outlet_kpa(seconds(110)), 0, 1e-6);
}

TEST(Plant, AStalledRotorNeitherCountsNorDisplaces) {
  auto plant = Plant::create(even_bench()).value();
  Conditions conditions;
  conditions.stalled = true;
  plant->set_conditions(kRunStart, conditions);
  EXPECT_FALSE(plant->step(seconds(1)).moved);
  plant->set_conditions(seconds(2), Conditions{});
  EXPECT_TRUE(plant->step(seconds(3)).moved);
  EXPECT_DOUBLE_EQ(plant->displaced_ul(), kStepUl);
}

TEST(Plant, ADryReservoirTurnsTheRotorForNothing) {
  auto config = even_bench();
  config.reservoir.volume_ul = 0.03;
  auto plant = Plant::create(config).value();
  EXPECT_NEAR(plant->step(seconds(1)).volume_ul, 0.0125, 1e-15);
  EXPECT_NEAR(plant->step(seconds(2)).volume_ul, 0.0125, 1e-15);
  EXPECT_NEAR(plant->step(seconds(3)).volume_ul, 0.005, 1e-15);
  const auto dry = plant->step(seconds(4));
  EXPECT_TRUE(dry.moved);
  EXPECT_EQ(dry.volume_ul, 0);
  EXPECT_EQ(plant->reservoir_ul(seconds(4)), 0);
}

TEST(Plant, FreeFlowPastTheRollersDrainsTheReservoirByItsPressure) {
  auto config = even_bench();
  config.temperature_c = 37;
  auto plant = Plant::create(config).value();
  Conditions conditions;
  conditions.roller_ul_per_s_per_kpa = 5.0 / 3600;  // 5 µL/h/kPa
  plant->set_conditions(kRunStart, conditions);
  const double start = plant->reservoir_ul(kRunStart);
  for (int minute = 1; minute <= 600; ++minute) plant->reservoir_ul(seconds(60.0 * minute));
  const double gone = start - plant->reservoir_ul(seconds(36'000));
  EXPECT_NEAR(gone, plant->roller_ul(seconds(36'000)), 1e-9);
  // 31.1 kPa at the full reservoir, rising as it empties, over (720 + 100) kPa·s/µL for ten hours.
  EXPECT_NEAR(gone, 31.5 / 820 * 36'000, 0.02 * gone);
}

TEST(Plant, RefusesAConfigurationThatMakesNoSenseAndSaysAllThatIsWrong) {
  PlantConfig config;
  config.wet_path.compliance_ul_per_kpa = 0;
  config.head.ripple = 1.5;
  const auto plant = Plant::create(config);
  ASSERT_FALSE(plant);
  EXPECT_EQ(plant.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(plant.error().text.find("compliance"), std::string::npos);
  EXPECT_NE(plant.error().text.find("ripple"), std::string::npos);
}

// ---- drug -----------------------------------------------------------------------------------------------------------------------------

// Steps at a rate until `until`.
void deliver(Plant& plant, TimePoint& t, double ml_per_day, TimePoint until) {
  const auto apart = Duration{static_cast<std::int64_t>(std::llround(86'400e9 * 0.0125e-3 / ml_per_day))};
  while (t + apart <= until) plant.step(t += apart);
}

TEST(Plant, TheDoseAtTheTipIsConcentrationTimesWhatWasDelivered) {
  auto plant = Plant::create(even_bench()).value();
  plant->set_content(kRunStart, {20, 0.5});
  TimePoint t = kRunStart;
  deliver(*plant, t, 0.5, seconds(24 * 3600));
  const TimePoint end = seconds(24 * 3600 + 0.37);
  EXPECT_NEAR(plant->tip_dose_ug(end)[0], 20 * plant->delivered_ul(end), 1e-9 * 10'000);
  EXPECT_NEAR(plant->tip_dose_ug(end)[1], 0.5 * plant->delivered_ul(end), 1e-9 * 10'000);
  EXPECT_NEAR(plant->tip_dose_ug(end)[0], 10'000, 30);
}

TEST(Plant, AskingForTheDoseDoesNotChangeIt) {
  auto asked = Plant::create(even_bench()).value();
  auto alone = Plant::create(even_bench()).value();
  TimePoint t = kRunStart;
  TimePoint other = kRunStart;
  double before = 0;
  for (auto* plant : {asked.get(), alone.get()}) {
    plant->set_content(kRunStart, {10, 0});
    plant->set_reservoir_content(kRunStart, {20, 0});
  }
  for (int hour = 1; hour <= 24; ++hour) {
    deliver(*asked, t, 0.5, seconds(hour * 3600.0));
    deliver(*alone, other, 0.5, seconds(hour * 3600.0));
    for (int i = 0; i < 10; ++i) {
      const double dose = asked->tip_dose_ug(t + Duration{i * 100'000'000})[0];
      EXPECT_GE(asked->tip_concentration(t)[0], 9.999999);
      EXPECT_GE(dose, before);
      before = dose;
    }
  }
  EXPECT_EQ(asked->tip_dose_ug(seconds(86'401))[0], alone->tip_dose_ug(seconds(86'401))[0]);
}

TEST(Plant, ARefillIsFeltAtTheTipWhenTheOldFluidHasGone) {
  auto plant = Plant::create(even_bench()).value();
  plant->set_content(kRunStart, {10, 0});
  plant->set_reservoir_content(kRunStart, {0, 2});
  TimePoint t = kRunStart;
  deliver(*plant, t, 0.5, seconds(18 * 3600));  // 375 µL, the volume of the path
  EXPECT_NEAR(plant->tip_concentration(t)[0], 5, 1);
  EXPECT_NEAR(plant->tip_concentration(t)[1], 1, 0.2);
  deliver(*plant, t, 0.5, seconds(27 * 3600));
  EXPECT_NEAR(plant->tip_dose_ug(t)[0], 3750, 20);
  EXPECT_NEAR(plant->tip_dose_ug(t)[1], 2 * (562.5 - 375), 8);
}

// ---- what faults do to the dose ---------------------------------------------------------------------------------------------------------

double dose_under(const Conditions& conditions, double hours = 12) {
  auto plant = Plant::create(even_bench()).value();
  plant->set_content(kRunStart, {10, 0});
  plant->set_conditions(kRunStart, conditions);
  TimePoint t = kRunStart;
  deliver(*plant, t, 0.5, seconds(hours * 3600));
  const double carried = plant->drug_path(t).carried()[0] + plant->drug_path(t).lost()[0] + plant->tip_dose_ug(t)[0];
  EXPECT_NEAR(carried, 3750 + plant->drug_path(t).entered()[0], 1e-8);
  return plant->tip_dose_ug(t)[0];
}

TEST(Plant, LeakDisconnectAndOcclusionKeepDrugFromTheTip) {
  EXPECT_NEAR(dose_under({}), 2500, 10);
  Conditions leak;
  leak.leak_ul_per_s_per_kpa = 1 / (1e14 * kKpaSecondsPerUl);  // as easy as the way to the tip
  EXPECT_NEAR(dose_under(leak), 1250, 10);
  Conditions off;
  off.disconnected = true;
  EXPECT_EQ(dose_under(off), 0);
  Conditions blocked;
  blocked.catheter_occluded = true;
  EXPECT_EQ(dose_under(blocked, 1), 0);
  Conditions kinked;
  kinked.kink_pa_s_per_m3 = 1e16;  // the flow goes on, 2000 s late
  EXPECT_NEAR(dose_under(kinked), 2500 - 10 * 0.5e3 / 86'400 * 2020, 15);
}

TEST(Plant, FreeFlowBringsDrugWithoutAStep) {
  PlantConfig config = even_bench();
  config.temperature_c = 37;
  auto plant = Plant::create(config).value();
  plant->set_content(kRunStart, {10, 0});
  Conditions conditions;
  conditions.roller_ul_per_s_per_kpa = 1.0 / 3600;
  plant->set_conditions(kRunStart, conditions);
  for (int hour = 1; hour <= 10; ++hour) {
    const TimePoint t = seconds(hour * 3600.0);
    EXPECT_NEAR(plant->tip_dose_ug(t)[0], 10 * plant->delivered_ul(t), 1e-6);
  }
  EXPECT_GT(plant->tip_dose_ug(seconds(36'000))[0], 1000);
}

TEST(Plant, PostureMovesTheMeanAtTheTipAndItsTransientDiesAway) {
  auto plant = Plant::create(even_bench()).value();
  Conditions conditions;
  conditions.posture_kpa = 4;
  conditions.posture_transient = {1.5, 5, 10};
  plant->set_conditions(seconds(10), conditions);
  EXPECT_NEAR(plant->tip_kpa(seconds(10)), 5.5, 1e-9);
  EXPECT_NEAR(plant->tip_kpa(seconds(15)), 4 + 1.5 * std::exp(-1), 1e-9);
  EXPECT_NEAR(plant->tip_kpa(seconds(100)), 4, 1e-6);
  // Fluid flows back into the stopped pump's compliance until it stands at the same pressure.
  EXPECT_NEAR(plant->outlet_kpa(seconds(400)), 4, 1e-4);
  EXPECT_NEAR(plant->metered_ul(seconds(400)), -0.2 * 4, 1e-4);
}

}  // namespace
}  // namespace pumprig::twin
