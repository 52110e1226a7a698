#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::kink {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "kink",
      .summary = "the catheter is kinked: its resistance is multiplied",
      .parameters = {{"factor", Dimension::kCount, "10000", "1", "1000000",
                      "of the resistance of the catheter, or of 80 cm of one (2.9e11 Pa.s/m3) where the bench has none"}},
      .inject =
          [](const FaultTarget& target, FaultValues& values) {
            const double catheter = target.plant.config().patient.catheter_pa_s_per_m3;
            const double one = catheter > 0 ? catheter : 0.8 * 3.6e11;
            target.change_plant([&](Conditions& c) { c.kink_pa_s_per_m3 = one * (values.at("factor") - 1); });
          },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.change_plant([&](Conditions& c) { c.kink_pa_s_per_m3 = 0; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::kink
