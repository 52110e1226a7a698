#include "rig/monitor/trumpet.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "rig/monitor/monitor_test_support.h"

namespace pumprig::monitor {
namespace {

using nlohmann::json;
using testing::at_s;

json vectors() {
  std::ifstream file(PUMPRIG_SOURCE_DIR "/rig/monitor/trumpet_vectors.json");
  return json::parse(file)["examples"];
}

// Cumulative volumes in mL of an example: from its list of flows, or from its formula.
std::vector<double> volumes(const json& example) {
  const double s_min = example["sample_interval_min"];
  std::vector<double> out{0};
  if (example.contains("flow_ml_per_h")) {
    for (const double q : example["flow_ml_per_h"]) out.push_back(out.back() + q * s_min / 60);
    return out;
  }
  const double r = example["rate_ml_per_h"], a = example["a"], b = example["b"], period = example["period_min"];
  const double w = 2 * M_PI / period;
  for (int i = 1; i <= example["samples"].get<int>(); ++i) {
    const double t = i * s_min;
    out.push_back(r / 60 * ((1 + a) * t - b / w * (std::cos(w * t) - 1)));
  }
  return out;
}

TEST(TrumpetCurve, AgreesWithTheWorkedExamples) {
  for (const auto& example : vectors()) {
    std::vector<std::size_t> windows;
    for (const auto& [minutes, window] : example["windows_min"].items()) windows.push_back(window["n"]);
    TrumpetCurve curve(example["rate_ml_per_h"].get<double>() * example["sample_interval_min"].get<double>() / 60, windows);
    for (const double v : volumes(example)) curve.add(v);
    EXPECT_NEAR(100 * *curve.overall_error(), example["overall_error_percent"], 1e-6) << example["id"];
    std::size_t i = 0;
    for (const auto& [minutes, window] : example["windows_min"].items()) {
      const auto& point = curve.points()[i++];
      EXPECT_EQ(point.m, window["m"].get<std::uint64_t>()) << example["id"] << " " << minutes;
      EXPECT_NEAR(100 * point.max, window["ep_max"], 1e-5) << example["id"] << " " << minutes;
      EXPECT_NEAR(100 * point.min, window["ep_min"], 1e-5) << example["id"] << " " << minutes;
    }
  }
}

TEST(TrumpetCurve, SaysNothingBeforeItHasAWindow) {
  TrumpetCurve curve(1, {3});
  EXPECT_FALSE(curve.overall_error());
  for (const double v : {0.0, 1.0, 2.0}) curve.add(v);
  EXPECT_EQ(curve.points()[0].m, 0U);
  EXPECT_NEAR(*curve.overall_error(), 0, 1e-15);
}

TEST(TrumpetJudge, OverATotalizerAgreesWithTheCurveOfTheSameFlow) {
  // Example of the minimum rate, read every 7 s: volumes at multiples of 15 min lie between readings.
  const json example = vectors()[1];
  const double r = example["rate_ml_per_h"], a = example["a"], b = example["b"], w = 2 * M_PI / example["period_min"].get<double>();
  ChannelInfo channel;
  channel.resolution = 1e-6;
  TrumpetJudge judge(r * 1000 / 60, std::chrono::minutes(15), 4, channel, std::chrono::seconds(7));
  judge.begin(at_s(0));
  for (double s = 0; s <= 25 * 3600; s += 7) {
    const double t = s / 60;
    judge.add(testing::point(s, 1000 * r / 60 * ((1 + a) * t - b / w * (std::cos(w * t) - 1))));
  }
  const Outcome out = judge.finish(at_s(25 * 3600));
  ASSERT_TRUE(out.value);
  EXPECT_EQ(out.doubt, "");
  EXPECT_NEAR(100 * *out.value, 21.098593, 1e-3);
  EXPECT_GT(out.uncertainty, 0);
  EXPECT_LT(out.uncertainty, 1e-5);
}

}  // namespace
}  // namespace pumprig::monitor
