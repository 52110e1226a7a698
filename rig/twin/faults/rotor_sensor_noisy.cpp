#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::rotor_sensor_noisy {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "rotor_sensor_noisy",
      .summary = "the rotor sensor loses counts and makes up others, at random",
      .parameters = {{"lost", Dimension::kRatio, "5 %", "0 %", "100 %", "of the steps that turn the rotor"},
                     {"extra", Dimension::kRatio, "5 %", "0 %", "100 %", "of the steps that turn the rotor: one count too many"},
                     {"seed", Dimension::kCount, "1", "0", "1000000", "the same again with the same seed"}},
      .inject =
          [](const FaultTarget& target, FaultValues& values) {
            target.board.set_rotor_sensor_noise(values.at("lost"), values.at("extra"), static_cast<std::uint64_t>(values.at("seed")));
          },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.board.set_rotor_sensor_noise(0, 0, 0); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::rotor_sensor_noisy
