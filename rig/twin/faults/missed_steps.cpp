#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::missed_steps {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "missed_steps",
      .summary = "the next steps do not turn the rotor; clearing forgets those still to come",
      .parameters = {{"count", Dimension::kCount, "3", "1", "960", "how many"}},
      .inject = [](const FaultTarget& target,
                   FaultValues& values) { target.plant.miss_steps(target.now, static_cast<std::uint32_t>(values.at("count"))); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.plant.miss_steps(target.now, 0); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::missed_steps
