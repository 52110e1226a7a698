#include <algorithm>

#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::drained_reservoir {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "drained_reservoir",
      .summary = "fluid is missing from the reservoir, unknown to the pump; clearing puts it back",
      .parameters = {{"removed", Dimension::kVolume, "2 mL", "0 mL", "40 mL", "how much"}},
      .inject =
          [](const FaultTarget& target, FaultValues& values) {
            const double there = target.plant.reservoir_ul(target.now);
            values.set("taken", std::min(there, values.at("removed")));
            target.plant.set_reservoir_ul(target.now, there - values.at("taken"));
          },
      .clear =
          [](const FaultTarget& target, const FaultValues& values) {
            target.plant.set_reservoir_ul(target.now, target.plant.reservoir_ul(target.now) + values.at("taken"));
          },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::drained_reservoir
