#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::stall {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "stall",
      .summary = "the rotor is held: steps neither turn it nor displace anything",
      .parameters = {},
      .inject = [](const FaultTarget& target, FaultValues&) { target.change_plant([&](Conditions& c) { c.stalled = true; }); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.change_plant([&](Conditions& c) { c.stalled = false; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::stall
