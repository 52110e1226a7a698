#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::cough {
namespace {

// e^(−x) − e^(−2x) rises to 1/4 at x = ln 2, and stands above half of that for 1.763 of x: ln((2 + √2)/(2 − √2)).
constexpr double kPeak = 0.25;
constexpr double kWidth = 1.7627;

}  // namespace

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "cough",
      .summary = "the patient coughs once: a short peak of pressure at the catheter's tip, over by itself",
      .parameters = {{"peak", Dimension::kPressure, "45 mmHg gauge", "1 mmHg gauge", "200 mmHg gauge",
                      "above the pressure at the tip: coughs reach 30 to 60 mmHg"},
                     {"width", Dimension::kDuration, "0.5 s", "0.05 s", "10 s", "between the instants of half the peak"}},
      .inject =
          [](const FaultTarget& target, FaultValues& values) {
            const double amplitude = values.at("peak") / kPeak;
            const double tau = values.at("width") / kWidth;
            const double begin = to_seconds(target.now);
            target.change_plant([&](Conditions& c) {
              c.cough = {PressureDecay{amplitude, tau, begin}, PressureDecay{-amplitude, tau / 2, begin}};
            });
          },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.change_plant([&](Conditions& c) { c.cough = {}; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::cough
