#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::supply_dip {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "supply_dip",
      .summary = "the supply dips once, so that the pump board resets",
      .parameters = {},
      .inject = [](const FaultTarget& target, FaultValues&) { target.board.dip_supply(); },
      .clear = nullptr,
  };
  return fault;
}

}  // namespace pumprig::twin::faults::supply_dip
