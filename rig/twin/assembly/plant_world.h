// The plant and the pins as the instruments' virtual sides see them.
#pragma once

#include "rig/exec/executor.h"
#include "rig/instruments/world.h"
#include "rig/twin/assembly/pump_side.h"
#include "rig/twin/plant/plant.h"

namespace pumprig::twin {

class PlantWorld final : public instruments::World {
 public:
  PlantWorld(Plant& plant, PumpSide& pump) : plant_(plant), pump_(pump) {}

  double metered_volume_ul(TimePoint t) override { return plant_.metered_ul(t); }
  double metered_flow_ul_per_min(TimePoint t) override { return plant_.metered_ul_per_min(t); }
  instruments::Extremes metered_flow_extremes(TimePoint from, TimePoint to) override {
    const auto range = plant_.metered_range_ul_per_min(from, to);
    return {range.min, range.max};
  }
  double outlet_pressure_kpa(TimePoint t) override { return plant_.outlet_kpa(t); }
  double ambient_pressure_kpa_absolute(TimePoint) override { return plant_.ambient_kpa_absolute(); }
  double fluid_temperature_c(TimePoint) override { return plant_.temperature_c(); }
  instruments::Tip tip(TimePoint t) override {
    return {plant_.delivered_ul(t), plant_.tip_dose_ug(t), plant_.tip_concentration(t), plant_.tip_kpa(t)};
  }
  void add_edge_listener(instruments::EdgeListener& listener) override { pump_.pins().add_edge_listener(listener); }
  void remove_edge_listener(instruments::EdgeListener& listener) override { pump_.pins().remove_edge_listener(listener); }

 private:
  Plant& plant_;
  PumpSide& pump_;
};

}  // namespace pumprig::twin
