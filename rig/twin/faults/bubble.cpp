#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::bubble {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "bubble",
      .summary = "air in the line behind the rollers: it gives way, so that an occlusion shows later and lets go of more",
      .parameters = {{"volume", Dimension::kVolume, "10 uL", "0.1 uL", "100 uL", "of the air at ambient pressure"}},
      .inject = [](const FaultTarget& target,
                   FaultValues& values) { target.change_plant([&](Conditions& c) { c.bubble_ul = values.at("volume"); }); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.change_plant([&](Conditions& c) { c.bubble_ul = 0; }); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::bubble
