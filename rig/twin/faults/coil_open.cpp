#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::coil_open {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "coil_open",
      .summary = "a coil of the motor is broken: the other alone moves the rotor to and fro, and it does not turn",
      .parameters = {{"coil", Dimension::kCount, "1", "1", "2", "1 is A, 2 is B"}},
      .inject = [](const FaultTarget& target, FaultValues& values) { target.board.set_coil_open(static_cast<int>(values.at("coil"))); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.board.set_coil_open(0); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::coil_open
