#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::disconnect {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "disconnect",
      .summary = "the line comes off behind the outlet pressure sensor; the fluid runs out there",
      .parameters = {{"pressure", Dimension::kPressure, "0 kPa gauge", "-10 kPa gauge", "10 kPa gauge", "where the fluid then goes"}},
      .inject =
          [](const FaultTarget& target, FaultValues& values) {
            target.change_plant([&](Conditions& c) {
              c.disconnected = true;
              c.disconnect_kpa = values.at("pressure");
            });
          },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.change_plant([&](Conditions& c) { c.disconnected = false; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::disconnect
