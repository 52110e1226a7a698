#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::supply_dip {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "supply_dip",
      .summary = "the supply dips once; the board's capacitor bridges 1 ms, what lasts longer resets it",
      .parameters = {{"width", Dimension::kDuration, "10 ms", "10 us", "10 ms", "how long the supply is away"}},
      .inject = [](const FaultTarget& target, FaultValues& values) { target.board.dip_supply(values.at("width")); },
      .clear = nullptr,
  };
  return fault;
}

}  // namespace pumprig::twin::faults::supply_dip
