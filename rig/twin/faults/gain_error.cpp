#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::gain_error {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "gain_error",
      .summary = "every step displaces more or less than it should",
      .parameters = {{"error", Dimension::kRatio, "15 %", "-95 %", "400 %", "of the nominal stroke; more is positive"}},
      .inject = [](const FaultTarget& target,
                   FaultValues& values) { target.change_plant([&](Conditions& c) { c.gain_factor = 1 + values.at("error"); }); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.change_plant([&](Conditions& c) { c.gain_factor = 1; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::gain_error
