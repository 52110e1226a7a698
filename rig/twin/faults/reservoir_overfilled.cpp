#include <algorithm>

#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::reservoir_overfilled {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "reservoir_overfilled",
      .summary = "more is in the reservoir than it should hold, unknown to the pump, and presses; clearing takes out what was put in",
      .parameters = {{"over", Dimension::kVolume, "2 mL", "0 mL", "20 mL", "above the capacity; each mL presses by 8 kPa"}},
      .inject =
          [](const FaultTarget& target, FaultValues& values) {
            const double there = target.plant.reservoir_ul(target.now);
            const double full = target.plant.config().reservoir.capacity_ul + values.at("over");
            values.set("added", std::max(0.0, full - there));
            target.plant.set_reservoir_ul(target.now, there + values.at("added"));
          },
      .clear =
          [](const FaultTarget& target, const FaultValues& values) {
            target.plant.set_reservoir_ul(target.now, target.plant.reservoir_ul(target.now) - values.at("added"));
          },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::reservoir_overfilled
