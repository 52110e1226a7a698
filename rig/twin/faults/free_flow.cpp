#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::free_flow {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "free_flow",
      .summary = "the rollers no longer close the tube, so that the reservoir drives fluid past them",
      .parameters = {{"resistance", Dimension::kFlowResistance, "7.2e14 Pa.s/m3", "1e13 Pa.s/m3", "1e17 Pa.s/m3",
                      "of the gap; 7.2e14 Pa.s/m3 passes 5 uL/h a kPa"}},
      .inject =
          [](const FaultTarget& target, FaultValues& values) {
            target.change_plant([&](Conditions& c) { c.roller_ul_per_s_per_kpa = 1 / (values.at("resistance") * kKpaSecondsPerUl); });
          },
      .clear = [](const FaultTarget& target,
                  const FaultValues&) { target.change_plant([&](Conditions& c) { c.roller_ul_per_s_per_kpa = 0; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::free_flow
