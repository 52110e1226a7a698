#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::occlusion {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "occlusion",
      .summary = "the path is blocked right behind the outlet pressure sensor",
      .parameters = {},
      .inject = [](const FaultTarget& target, FaultValues&) { target.change_plant([&](Conditions& c) { c.outlet_occluded = true; }); },
      .clear = [](const FaultTarget& target,
                  const FaultValues&) { target.change_plant([&](Conditions& c) { c.outlet_occluded = false; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::occlusion
