// Quantities: strong types for what is commanded, and text with a unit ("0.5 mL/day", "70 kPa gauge") for what people write.
//
// Inside, a commanded quantity is an int64 in a unit small enough to be exact: volume in pL, flow rate in pL per day, pressure in Pa,
// time in ns. A measured value is a double in the unit that its channel names.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "rig/base/result.h"
#include "rig/base/time.h"

namespace pumprig {

// A count of the smallest unit of a dimension; Tag tells dimensions apart at compile time.
template <typename Tag>
class Exact {
 public:
  constexpr Exact() = default;
  explicit constexpr Exact(std::int64_t count) : count_(count) {}
  constexpr std::int64_t count() const { return count_; }
  friend constexpr auto operator<=>(Exact, Exact) = default;
  friend constexpr Exact operator+(Exact a, Exact b) { return Exact(a.count_ + b.count_); }
  friend constexpr Exact operator-(Exact a, Exact b) { return Exact(a.count_ - b.count_); }
  constexpr Exact operator-() const { return Exact(-count_); }

 private:
  std::int64_t count_ = 0;
};

using Volume = Exact<struct VolumeTag>;      // pL
using FlowRate = Exact<struct FlowRateTag>;  // pL per day; out of the pump is positive

constexpr double to_ul(Volume v) {
  return static_cast<double>(v.count()) * 1e-6;
}
constexpr double to_ml_per_day(FlowRate q) {
  return static_cast<double>(q.count()) * 1e-9;
}
constexpr double to_ul_per_min(FlowRate q) {
  return static_cast<double>(q.count()) * 1e-6 / 1440.0;
}

// What a pressure is measured against. A pressure without it is refused.
enum class PressureReference : std::uint8_t { kGauge, kAbsolute, kAboveRest };

struct Pressure {
  std::int64_t pa = 0;
  PressureReference reference = PressureReference::kGauge;
};

enum class Dimension : std::uint8_t {
  kVolume,
  kFlowRate,
  kPressure,
  kDuration,
  kRatio,
  kCount,
  kTemperature,
  kFlowResistance,
  kCompliance,
  kDensity,
  kMass
};
std::string_view to_text(Dimension d);

// A number with its unit as somebody wrote it.
struct Quantity {
  Dimension dimension = Dimension::kCount;
  double value = 0;  // in the base unit of the dimension: µL, µL/min, kPa, s, 1 (ratio), 1 (count), °C, Pa·s/m³, µL/kPa, g/mL, µg
  PressureReference reference = PressureReference::kGauge;  // of a pressure only
  std::string text;                                         // as written, blanks normalised
};

// Reads "0.5 mL/day", "10 min", "70 kPa gauge", "14.5 %", "20 ppm", "3", "37 degC", "1e14 Pa.s/m3", "0.2 uL/kPa", "0.998 g/mL",
// "5 mg", "500 mcg/mL" (a concentration has the dimension of a density).
// µ may be written u. kInvalidArgument names the part that is wrong and the units that are known for the dimension.
Result<Quantity> parse_quantity(std::string_view text);
// The same, and it must be of the dimension `want`.
Result<Quantity> parse_quantity(std::string_view text, Dimension want);
Result<Volume> parse_volume(std::string_view text);
Result<FlowRate> parse_flow_rate(std::string_view text);
Result<Duration> parse_duration(std::string_view text);
Result<Pressure> parse_pressure(std::string_view text);

// "10 min", "1 h 30 min", "2.5 s": for people.
std::string format_duration(Duration d);

}  // namespace pumprig
