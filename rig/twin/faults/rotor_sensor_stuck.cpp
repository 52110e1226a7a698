#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::rotor_sensor_stuck {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "rotor_sensor_stuck",
      .summary = "the rotor sensor no longer counts although the rotor turns",
      .parameters = {},
      .inject = [](const FaultTarget& target, FaultValues&) { target.board.set_rotor_sensor_stuck(true); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.board.set_rotor_sensor_stuck(false); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::rotor_sensor_stuck
