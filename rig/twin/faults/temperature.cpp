#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::temperature {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "temperature",
      .summary = "pump, fluid and reservoir have another temperature; the propellant presses accordingly",
      .parameters = {{"temperature", Dimension::kTemperature, "40 degC", "5 degC", "60 degC", "of pump, fluid and reservoir"}},
      .inject =
          [](const FaultTarget& target, FaultValues& values) {
            target.board.set_pump_temperature_c(values.at("temperature"));
            target.change_plant(
                [&](Conditions& c) { c.temperature_offset_c = values.at("temperature") - target.plant.config().temperature_c; });
          },
      .clear =
          [](const FaultTarget& target, const FaultValues&) {
            target.board.set_pump_temperature_c(std::nullopt);
            target.change_plant([&](Conditions& c) { c.temperature_offset_c = 0; });
          },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::temperature
