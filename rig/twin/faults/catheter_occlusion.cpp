#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::catheter_occlusion {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "catheter_occlusion",
      .summary = "the open end of the path is blocked; what lies before it fills up",
      .parameters = {},
      .inject = [](const FaultTarget& target, FaultValues&) { target.change_plant([&](Conditions& c) { c.catheter_occluded = true; }); },
      .clear = [](const FaultTarget& target,
                  const FaultValues&) { target.change_plant([&](Conditions& c) { c.catheter_occluded = false; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::catheter_occlusion
