#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::posture {

// Lumbar pressure stands 32 to 63 cmH2O higher sitting than lying; on the way it reaches 55 cmH2O (sitting up) to 80 cmH2O (lying down).
const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "posture",
      .summary = "the patient sits or stands up: the pressure at the catheter's tip changes, and overshoots on the way",
      .parameters = {{"pressure", Dimension::kPressure, "40 cmH2O gauge", "-30 cmH2O gauge", "80 cmH2O gauge",
                      "added to the mean at the tip for as long as it lasts: sitting 32 to 63 cmH2O, lying down 0"},
                     {"overshoot", Dimension::kPressure, "15 cmH2O gauge", "-80 cmH2O gauge", "80 cmH2O gauge", "on top of that at first"},
                     {"settling", Dimension::kDuration, "5 s", "0.2 s", "10 min", "in which the overshoot falls to 37 %"}},
      .inject =
          [](const FaultTarget& target, FaultValues& values) {
            target.change_plant([&](Conditions& c) {
              c.posture_kpa = values.at("pressure");
              c.posture_transient = {values.at("overshoot"), values.at("settling"), to_seconds(target.now)};
            });
          },
      .clear =
          [](const FaultTarget& target, const FaultValues&) {
            target.change_plant([&](Conditions& c) {
              c.posture_kpa = 0;
              c.posture_transient = {};
            });
          },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::posture
