#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::csf_pulsation {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "csf_pulsation",
      .summary = "the open end lies in a spine: lumbar pressure that swings with heart and breath",
      .parameters = {{"mean", Dimension::kPressure, "11 mmHg gauge", "-10 mmHg gauge", "60 mmHg gauge", "lying: 6 to 17 mmHg"},
                     {"cardiac", Dimension::kPressure, "2 mmHg gauge", "0 mmHg gauge", "20 mmHg gauge",
                      "swing with the heart, peak to peak: 1 to 4 mmHg"},
                     {"heart_rate", Dimension::kCount, "72", "20", "300", "beats a minute"},
                     {"respiratory", Dimension::kPressure, "1.2 mmHg gauge", "0 mmHg gauge", "20 mmHg gauge",
                      "swing with the breath, peak to peak: 0.5 to 3 mmHg"},
                     {"breaths", Dimension::kCount, "15", "2", "100", "breaths a minute"}},
      .inject =
          [](const FaultTarget& target, FaultValues& values) {
            target.change_plant([&](Conditions& c) {
              c.csf = true;
              c.csf_mean_kpa = values.at("mean");
              c.csf_tones = {Tone{values.at("cardiac") / 2, values.at("heart_rate") / 60, 0},
                             Tone{values.at("respiratory") / 2, values.at("breaths") / 60, 0}};
            });
          },
      .clear =
          [](const FaultTarget& target, const FaultValues&) {
            target.change_plant([&](Conditions& c) {
              c.csf = false;
              c.csf_mean_kpa = 0;
              c.csf_tones = {};
            });
          },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::csf_pulsation
