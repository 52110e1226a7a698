#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::motor_phases_swapped {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "motor_phases_swapped",
      .summary = "the phases of the motor are swapped: each step turns the rotor back",
      .parameters = {},
      .inject = [](const FaultTarget& target, FaultValues&) { target.board.set_motor_phases_swapped(true); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.board.set_motor_phases_swapped(false); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::motor_phases_swapped
