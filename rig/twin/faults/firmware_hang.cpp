#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::firmware_hang {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "firmware_hang",
      .summary = "the firmware hangs once, so that the watchdog resets the pump board",
      .parameters = {},
      .inject = [](const FaultTarget& target, FaultValues&) { target.board.hang_firmware(); },
      .clear = nullptr,
  };
  return fault;
}

}  // namespace pumprig::twin::faults::firmware_hang
