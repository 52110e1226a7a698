#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::ambient_pressure {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "ambient_pressure",
      .summary = "pump and patient are up a mountain, in a cabin or under water: the propellant presses by so much more or less",
      .parameters = {{"change", Dimension::kPressure, "-26 kPa gauge", "-31 kPa gauge", "102 kPa gauge",
                      "of the pressure around them against that of an ordinary day; -31 and 102 are 70 and 203 kPa absolute"}},
      .inject = [](const FaultTarget& target,
                   FaultValues& values) { target.change_plant([&](Conditions& c) { c.ambient_offset_kpa = values.at("change"); }); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.change_plant([&](Conditions& c) { c.ambient_offset_kpa = 0; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::ambient_pressure
