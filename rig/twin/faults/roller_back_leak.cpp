#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::roller_back_leak {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "roller_back_leak",
      .summary = "worn rollers: a part of each step goes back into the reservoir, the more the higher the outlet stands above the inlet",
      .parameters = {{"at", Dimension::kPressure, "20 kPa gauge", "1 kPa gauge", "1000 kPa gauge",
                      "outlet above inlet at which all of a step goes back; at half of it half does"}},
      .inject = [](const FaultTarget& target,
                   FaultValues& values) { target.change_plant([&](Conditions& c) { c.back_leak_per_kpa = 1 / values.at("at"); }); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.change_plant([&](Conditions& c) { c.back_leak_per_kpa = 0; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::roller_back_leak
