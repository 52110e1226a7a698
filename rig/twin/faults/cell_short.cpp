#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::cell_short {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "cell_short",
      .summary = "the cell is shorted by a resistance: its voltage sinks at once, and its charge runs out in hours to weeks",
      .parameters = {{"resistance_ohm", Dimension::kCount, "1000", "20", "1000000", "of the short, ohm; 1000 takes 3 mA"}},
      .inject = [](const FaultTarget& target,
                   FaultValues& values) { target.board.set_cell_short_ohm(target.now, values.at("resistance_ohm")); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.board.set_cell_short_ohm(target.now, std::nullopt); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::cell_short
