// What comes out at the tip against a library's solver: oracle/vectors.json is made by oracle/make_vectors.py with scipy.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "rig/twin/catheter/drug_path.h"

namespace pumprig::twin {
namespace {

using nlohmann::json;

DrugPathConfig config_of(double path_ul) {
  DrugPathConfig config;
  config.catheter_cm = (path_ul - config.tube_ul) / config.ul_per_cm;
  return config;
}

// Rates in mL/day with their hours, cut into strokes of 0.4 µL; whoever asks stands at `hours`.
class Drive {
 public:
  explicit Drive(double path_ul) : path(config_of(path_ul)) {}
  void to(double hours, const json& segments) {
    while (hours_ < hours - 1e-9) {
      double end = 0;
      double rate = 0;
      for (const auto& segment : segments) {
        end += segment.at(1).get<double>();
        rate = segment.at(0);
        if (end > hours_ + 1e-9) break;
      }
      const double ul_per_hour = rate * 1000 / 24;
      const double step = std::min({hours - hours_, end - hours_, rate > 0 ? 0.4 / ul_per_hour : 1e9});
      hours_ += step;
      out_ += ul_per_hour * step;
      path.advance(kRunStart + from_seconds(hours_ * 3600), {out_, 0, out_, out_}, 20'000);
    }
  }
  DrugPath path;

 private:
  double hours_ = 0;
  double out_ = 0;
};

TEST(DrugPathOracle, AgreesWithANumericalSolverWithinAFiftiethOfAPercentOfThePath) {
  std::ifstream file(PUMPRIG_SOURCE_DIR "/rig/twin/catheter/oracle/vectors.json");
  const json vectors = json::parse(file);
  ASSERT_GE(vectors.at("cases").size(), 9U);
  for (const auto& test : vectors.at("cases")) {
    const double path_ul = test.at("path_ul");
    Drive drive(path_ul);
    drive.path.fill({10, 0});
    drive.path.refill({0, 20});
    double worst = 0;
    for (const auto& check : test.at("checks")) {
      drive.to(check.at(0), test.at("segments"));
      const double out = check.at(1);
      const double fresh = check.at(2);
      const double got = drive.path.tip()[1] / 20;
      worst = std::max(worst, std::fabs(got - fresh));
      // Whatever is not new is old (the times of the checks are rounded).
      EXPECT_NEAR(drive.path.tip()[0] / 10, out - got, 1e-4) << test.at("name");
    }
    // Volume of new fluid that has come out; 0.03 µL at most, where the flow is fastest.
    EXPECT_LT(worst, 0.0002 * path_ul) << test.at("name");
  }
}

}  // namespace
}  // namespace pumprig::twin
