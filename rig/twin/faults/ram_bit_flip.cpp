#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::ram_bit_flip {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "ram_bit_flip",
      .summary = "a bit flips in the RAM of the running pump, in one of the two copies of the volumes that it has counted",
      .parameters = {},
      .inject = [](const FaultTarget& target, FaultValues&) { target.board.flip_ram_bit(); },
      .clear = nullptr,
      .in_ram = true,
  };
  return fault;
}

}  // namespace pumprig::twin::faults::ram_bit_flip
