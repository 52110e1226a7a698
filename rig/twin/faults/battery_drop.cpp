#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::battery_drop {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "battery_drop",
      .summary = "the cell gives less than it should",
      .parameters = {{"drop", Dimension::kRatio, "20 %", "0 %", "100 %", "part of the voltage of a full cell, 3.2 V, that is missing"}},
      .inject = [](const FaultTarget& target, FaultValues& values) { target.board.set_battery_drop_v(3.2 * values.at("drop")); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.board.set_battery_drop_v(0); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::battery_drop
