#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::leak {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "leak",
      .summary = "the tube leaks between the pump and the meters",
      .parameters = {{"resistance", Dimension::kFlowResistance, "1e14 Pa.s/m3", "1e10 Pa.s/m3", "1e18 Pa.s/m3",
                      "of the hole; like the bench's restrictor it takes half of the flow"},
                     {"pressure", Dimension::kPressure, "0 kPa gauge", "0 kPa gauge", "10 kPa gauge", "outside the hole"}},
      .inject =
          [](const FaultTarget& target, FaultValues& values) {
            target.change_plant([&](Conditions& c) {
              c.leak_ul_per_s_per_kpa = 1 / (values.at("resistance") * kKpaSecondsPerUl);
              c.leak_kpa = values.at("pressure");
            });
          },
      .clear = [](const FaultTarget& target,
                  const FaultValues&) { target.change_plant([&](Conditions& c) { c.leak_ul_per_s_per_kpa = 0; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::leak
