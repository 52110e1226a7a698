#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::motor_driver_silent {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "motor_driver_silent",
      .summary = "the motor driver has lost its bus: it takes no setting and answers nothing",
      .parameters = {},
      .inject = [](const FaultTarget& target, FaultValues&) { target.board.set_motor_driver_silent(true); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.board.set_motor_driver_silent(false); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::motor_driver_silent
