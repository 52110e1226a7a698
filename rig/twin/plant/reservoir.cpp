#include "rig/twin/plant/reservoir.h"

#include <algorithm>
#include <cmath>

namespace pumprig::twin {

double propellant_kpa_absolute(double temperature_c) {
  constexpr double kKpaPerMmhg = 0.133322;
  return kKpaPerMmhg * std::pow(10.0, 6.83315 - 1040.73 / (235.445 + temperature_c));
}

double Reservoir::inlet_kpa(double propellant_gauge_kpa) const {
  const double filled = std::clamp(volume_ul_ / config_.capacity_ul, 0.0, 1.0);
  const double over_ml = std::max(0.0, volume_ul_ - config_.capacity_ul) / 1000;
  const double full = propellant_gauge_kpa + config_.spring_kpa * (1 - 2 * filled) + config_.overfill_kpa_per_ml * over_ml;
  return full * std::min(1.0, volume_ul_ / config_.collapse_ul);
}

}  // namespace pumprig::twin
