#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::code_bit_flip {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "code_bit_flip",
      .summary = "a bit flips in the code that the pump runs; clearing flips it back",
      .parameters = {},
      .inject = [](const FaultTarget& target, FaultValues&) { target.board.flip_code_bit(); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.board.flip_code_bit(); },
      .in_code = true,
  };
  return fault;
}

}  // namespace pumprig::twin::faults::code_bit_flip
