#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::pocket_fill {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "pocket_fill",
      .summary = "the needle of the refills that follow is beside the septum: what they bring goes into the tissue",
      .parameters = {{"share", Dimension::kRatio, "100 %", "1 %", "100 %", "of the emptying and of the filling that misses the reservoir"}},
      .inject = [](const FaultTarget& target,
                   FaultValues& values) { target.change_plant([&](Conditions& c) { c.beside_septum = values.at("share"); }); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.change_plant([&](Conditions& c) { c.beside_septum = 0; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::pocket_fill
