#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::program_bit_flip {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "program_bit_flip",
      .summary = "a bit flips in a stored copy of the program; the pump reads them at its next reset",
      .parameters = {{"copy", Dimension::kCount, "1", "1", "2", "which of the two copies"}},
      .inject = [](const FaultTarget& target, FaultValues& values) { target.board.flip_program_bit(static_cast<int>(values.at("copy"))); },
      .clear = nullptr,
      .in_memory = true,
  };
  return fault;
}

}  // namespace pumprig::twin::faults::program_bit_flip
