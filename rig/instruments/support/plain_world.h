// A World whose values are set by hand: for tests of virtual sides and for serving one of them alone.
#pragma once

#include <algorithm>
#include <vector>

#include "rig/instruments/world.h"

namespace pumprig::instruments {

class PlainWorld final : public World {
 public:
  double pressure_kpa = 5;
  double ambient_kpa = 101.325;
  double temperature_c = 22;
  double mg_per_ml = 10;  // of the first drug

  // The flow stands at `ul_per_min` from `at` on; instants must not go back.
  void set_flow(TimePoint at, double ul_per_min) { parts_.push_back({at, ul_per_min, metered_volume_ul(at)}); }
  // Tells every listener.
  void edge(const Edge& edge) {
    for (EdgeListener* listener : listeners_) listener->on_edge(edge);
  }

  double metered_volume_ul(TimePoint t) override {
    const Part& part = part_at(t);
    return t < part.from ? 0 : part.volume + part.flow * to_seconds(t - part.from) / 60;
  }
  double metered_flow_ul_per_min(TimePoint t) override { return part_at(t).flow; }
  Extremes metered_flow_extremes(TimePoint from, TimePoint to) override {
    Extremes seen{part_at(from).flow, part_at(from).flow};
    for (const Part& part : parts_) {
      if (part.from <= from || part.from > to) continue;
      seen.min = std::min(seen.min, part.flow);
      seen.max = std::max(seen.max, part.flow);
    }
    return seen;
  }
  double outlet_pressure_kpa(TimePoint) override { return pressure_kpa; }
  double ambient_pressure_kpa_absolute(TimePoint) override { return ambient_kpa; }
  double fluid_temperature_c(TimePoint) override { return temperature_c; }
  Tip tip(TimePoint t) override {
    const double ul = metered_volume_ul(t);
    return {ul, {mg_per_ml * ul, 0}, {mg_per_ml, 0}, pressure_kpa};
  }
  void add_edge_listener(EdgeListener& listener) override { listeners_.push_back(&listener); }
  void remove_edge_listener(EdgeListener& listener) override { std::erase(listeners_, &listener); }

 private:
  struct Part {
    TimePoint from;
    double flow;
    double volume;
  };
  const Part& part_at(TimePoint t) const {
    std::size_t i = parts_.size() - 1;
    while (i > 0 && parts_[i].from > t) --i;
    return parts_[i];
  }

  std::vector<Part> parts_{{kRunStart, 0, 0}};
  std::vector<EdgeListener*> listeners_;
};

}  // namespace pumprig::instruments
