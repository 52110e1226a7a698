#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::magnet {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "magnet",
      .summary = "a magnet lies over the pump: its magnet switch is closed and the rotor cannot turn",
      .parameters = {},
      .inject =
          [](const FaultTarget& target, FaultValues&) {
            target.board.set_magnet(true);
            target.change_plant([&](Conditions& c) { c.held_by_magnet = true; });
          },
      .clear =
          [](const FaultTarget& target, const FaultValues&) {
            target.board.set_magnet(false);
            target.change_plant([&](Conditions& c) { c.held_by_magnet = false; });
          },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::magnet
