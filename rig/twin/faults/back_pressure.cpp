#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::back_pressure {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "back_pressure",
      .summary = "the place into which the fluid flows is at another pressure",
      .parameters = {{"pressure", Dimension::kPressure, "20 kPa gauge", "-14 kPa gauge", "60 kPa gauge",
                      "added to the mean pressure at the open end"}},
      .inject = [](const FaultTarget& target,
                   FaultValues& values) { target.change_plant([&](Conditions& c) { c.back_pressure_kpa = values.at("pressure"); }); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.change_plant([&](Conditions& c) { c.back_pressure_kpa = 0; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::back_pressure
