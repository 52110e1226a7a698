#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::coil_short {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "coil_short",
      .summary = "a coil of the motor is shorted to ground: the driver switches its outputs off, until it is enabled anew",
      .parameters = {{"coil", Dimension::kCount, "1", "1", "2", "1 is A, 2 is B"}},
      .inject = [](const FaultTarget& target, FaultValues& values) { target.board.set_coil_short(static_cast<int>(values.at("coil"))); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.board.set_coil_short(0); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::coil_short
