#include "rig/twin/cell/cell.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace pumprig::twin {
namespace {

struct Knot {
  double discharged;
  double value;
};

// A lithium/carbon-monofluoride cell with a silver vanadium oxide part: flat for long, then a knee.
constexpr std::array<Knot, 9> kVolts{
    {{0, 3.20}, {0.05, 3.05}, {0.20, 2.95}, {0.50, 2.88}, {0.70, 2.80}, {0.80, 2.68}, {0.90, 2.55}, {0.95, 2.40}, {1.00, 2.00}}};
constexpr std::array<Knot, 3> kOhm{{{0, 15}, {0.80, 60}, {1.00, 71.25}}};

template <std::size_t N>
double between(const std::array<Knot, N>& knots, double discharged) {
  const double x = std::clamp(discharged, 0.0, 1.0);
  const auto upper = std::find_if(knots.begin() + 1, knots.end() - 1, [&](const Knot& k) { return x <= k.discharged; });
  const Knot& a = *(upper - 1);
  return std::lerp(a.value, upper->value, (x - a.discharged) / (upper->discharged - a.discharged));
}

}  // namespace

double cell_volts(double discharged) {
  return between(kVolts, discharged);
}

double cell_ohm(double discharged) {
  return between(kOhm, discharged);
}

void Cell::pulse(TimePoint at) {
  if (short_ohm_) set_short_ohm(at, short_ohm_);
  left_c_ -= config_.pulse_c;
  pulse_at_ = at;
}

double Cell::discharged(TimePoint at) const {
  return std::clamp(1 - left_after(to_seconds(at - since_)) / config_.capacity_c, 0.0, 1.0);
}

// What a short takes follows the cell's own fall: in pieces of at most 1/500 of the capacity.
double Cell::left_after(double seconds) const {
  double left = left_c_;
  while (short_ohm_ && seconds > 0 && left > 0) {
    const double part = std::clamp(1 - left / config_.capacity_c, 0.0, 1.0);
    const double amperes = config_.base_a + cell_volts(part) / (*short_ohm_ + cell_ohm(part) + film_ohm_);
    const double piece = std::min(seconds, config_.capacity_c / 500 / amperes);
    left -= amperes * piece;
    seconds -= piece;
  }
  return left - config_.base_a * seconds;
}

double Cell::volts(TimePoint at) const {
  const double part = discharged(at);
  const bool loaded = pulse_at_ != TimePoint::min() && at - pulse_at_ < from_seconds(config_.pulse_s);
  const double amperes = config_.base_a + (loaded ? config_.pulse_c / config_.pulse_s : 0.0);
  const double inner = cell_ohm(part) + film_ohm_;
  const double divided = short_ohm_ ? *short_ohm_ / (*short_ohm_ + inner) : 1;
  return std::max((cell_volts(part) - amperes * inner) * divided - drop_volts_, 0.0);
}

void Cell::set_short_ohm(TimePoint at, std::optional<double> ohm) {
  left_c_ = left_after(to_seconds(at - since_));
  since_ = at;
  short_ohm_ = ohm;
}

void Cell::set_discharged(TimePoint at, double part) {
  since_ = at;
  left_c_ = config_.capacity_c * (1 - part);
}

}  // namespace pumprig::twin
