#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::cell_discharged {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "cell_discharged",
      .summary = "so much of the cell's charge has left it already",
      .parameters = {{"discharged", Dimension::kRatio, "80 %", "0 %", "100 %", "part of the cell's 1.2 Ah that is gone"}},
      .inject = [](const FaultTarget& target,
                   FaultValues& values) { target.board.set_cell_discharged(target.now, values.at("discharged")); },
      .clear = nullptr,
  };
  return fault;
}

}  // namespace pumprig::twin::faults::cell_discharged
