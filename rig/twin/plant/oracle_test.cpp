// The closed-form plant against a numerical solver: oracle/vectors.json is made by oracle/make_vectors.py with scipy.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "rig/twin/plant/plant.h"

namespace pumprig::twin {
namespace {

using nlohmann::json;

PlantConfig config_from(const json& j) {
  PlantConfig config;
  const auto take = [&](const char* name, double& into) { into = j.value(name, into); };
  take("gain", config.head.gain);
  take("ripple", config.head.ripple);
  config.head.start_step = j.value("start_step", 0);
  take("restrictor", config.wet_path.restrictor_pa_s_per_m3);
  take("meter", config.wet_path.meter_pa_s_per_m3);
  take("compliance", config.wet_path.compliance_ul_per_kpa);
  take("catheter_resistance", config.patient.catheter_pa_s_per_m3);
  take("catheter_compliance", config.patient.catheter_ul_per_kpa);
  take("outlet_kpa", config.patient.outlet_kpa);
  take("temperature_c", config.temperature_c);
  take("tone0_kpa", config.patient.tones[0].amplitude_kpa);
  take("tone0_hz", config.patient.tones[0].hertz);
  take("tone1_kpa", config.patient.tones[1].amplitude_kpa);
  take("tone1_hz", config.patient.tones[1].hertz);
  return config;
}

Conditions conditions_from(const json& j) {
  Conditions c;
  c.outlet_occluded = j.value("outlet_occluded", 0.0) != 0;
  c.catheter_occluded = j.value("catheter_occluded", 0.0) != 0;
  c.inlet_occluded = j.value("inlet_occluded", 0.0) != 0;
  c.disconnected = j.value("disconnected", 0.0) != 0;
  c.kink_pa_s_per_m3 = j.value("kink", 0.0);
  c.leak_ul_per_s_per_kpa = j.value("leak", 0.0);
  c.leak_kpa = j.value("leak_kpa", 0.0);
  c.roller_ul_per_s_per_kpa = j.value("roller", 0.0);
  c.gain_factor = j.value("gain_factor", 1.0);
  c.back_pressure_kpa = j.value("back_pressure", 0.0);
  c.csf = j.value("csf", 0.0) != 0;
  c.csf_mean_kpa = j.value("csf_kpa", 0.0);
  c.csf_tones[0] = {j.value("cardiac_kpa", 0.0), j.value("cardiac_hz", 1.0), 0};
  c.posture_kpa = j.value("posture", 0.0);
  const double begin_s = j.value("begin_s", 0.0);
  c.posture_transient = {j.value("transient", 0.0), j.value("transient_tau", 1.0), begin_s};
  const double cough_tau = j.value("cough_tau", 1.0);
  c.cough = {PressureDecay{j.value("cough", 0.0), cough_tau, begin_s}, PressureDecay{-j.value("cough", 0.0), cough_tau / 2, begin_s}};
  return c;
}

// Within 1e-5 of the value or, near zero, 1e-6 of a typical one: far inside the 0.1 % that is asked for.
void expect_close(double got, double want, double scale, const std::string& what) {
  EXPECT_NEAR(got, want, std::max(1e-5 * std::abs(want), 1e-6 * scale)) << what;
}

void run_case(const json& test) {
  const std::string name = test.at("name");
  auto plant = Plant::create(config_from(test.at("config"))).value();
  const auto& events = test.at("events");
  std::size_t next = 0;
  for (const auto& check : test.at("checks")) {
    const TimePoint t = at_ns(check.at(0).get<std::int64_t>());
    for (; next < events.size() && events[next].at("t_ns").get<std::int64_t>() <= to_ns(t); ++next) {
      const TimePoint at = at_ns(events[next].at("t_ns").get<std::int64_t>());
      if (events[next].contains("step")) {
        plant->step(at);
      } else {
        plant->set_conditions(at, conditions_from(events[next].at("faults")));
      }
    }
    const std::string where = name + " at " + std::to_string(to_seconds(t)) + " s: ";
    expect_close(plant->outlet_kpa(t), check.at(1), 1, where + "outlet pressure");
    if (plant->config().patient.catheter_ul_per_kpa > 0) expect_close(plant->distal_kpa(t), check.at(2), 1, where + "distal pressure");
    expect_close(plant->metered_ul(t), check.at(3), 1, where + "metered volume");
    expect_close(plant->delivered_ul(t), check.at(4), 1, where + "delivered volume");
    expect_close(plant->leaked_ul(t), check.at(5), 1, where + "leaked volume");
    expect_close(plant->roller_ul(t), check.at(6), 1, where + "volume past the rollers");
  }
  EXPECT_EQ(next, events.size()) << name << ": events after the last check are not tested";
}

TEST(PlantOracle, ClosedFormAgreesWithANumericalSolver) {
  std::ifstream file(PUMPRIG_SOURCE_DIR "/rig/twin/plant/oracle/vectors.json");
  const json vectors = json::parse(file);
  ASSERT_GE(vectors.at("cases").size(), 10u);
  for (const auto& test : vectors.at("cases")) run_case(test);
}

}  // namespace
}  // namespace pumprig::twin
