#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::torque_ramp {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "torque_ramp",
      .summary = "the load on the rotor rises: more and more of the steps do not turn it, in the end none",
      .parameters = {{"rise", Dimension::kDuration, "1 h", "1 s", "365 days",
                      "until the rotor stands still; half of the steps miss at half of it"}},
      .inject =
          [](const FaultTarget& target, FaultValues& values) {
            target.change_plant([&](Conditions& c) {
              c.load_begin_s = to_seconds(target.now);
              c.load_rise_s = values.at("rise");
            });
          },
      .clear = [](const FaultTarget& target,
                  const FaultValues&) { target.change_plant([&](Conditions& c) { c.load_begin_s = c.load_rise_s = 0; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::torque_ramp
