// The drug reservoir: what is truly in it, and the pressure at which it feeds the pump.
#pragma once

#include "rig/twin/plant/config.h"

namespace pumprig::twin {

// Vapour pressure of isopentane, kPa absolute (Antoine: log10 P[mmHg] = A − B/(C + T), A 6.83315, B 1040.73, C 235.445).
double propellant_kpa_absolute(double temperature_c);

class Reservoir {
 public:
  explicit Reservoir(const ReservoirConfig& config) : config_(config), volume_ul_(config.volume_ul) {}

  double volume_ul() const { return volume_ul_; }
  void set_volume_ul(double volume) { volume_ul_ = volume < 0 ? 0 : volume; }
  // Takes up to `wanted` (negative: puts back) and returns what really came.
  double take(double wanted_ul) {
    const double got = wanted_ul < volume_ul_ ? wanted_ul : volume_ul_;
    volume_ul_ -= got;
    return got;
  }

  // At the pump's inlet, kPa gauge: the propellant's gauge pressure plus spring and overfill; falls to 0 with the last 0.5 mL.
  double inlet_kpa(double propellant_gauge_kpa) const;

 private:
  ReservoirConfig config_;
  double volume_ul_;
};

}  // namespace pumprig::twin
