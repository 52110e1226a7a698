#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::inlet_occlusion {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "inlet_occlusion",
      .summary = "the way from the reservoir to the pump is blocked: the rotor turns, nothing is displaced",
      .parameters = {},
      .inject = [](const FaultTarget& target, FaultValues&) { target.change_plant([&](Conditions& c) { c.inlet_occluded = true; }); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.change_plant([&](Conditions& c) { c.inlet_occluded = false; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::inlet_occlusion
