// What every pump of this model can give, and in which parts: a review refuses here what the pump would refuse.
#pragma once

#include <cmath>
#include <cstdint>

#include "rig/programmer/dose.h"

namespace pumprig::programmer {

inline constexpr std::uint32_t kDay_s = 86'400;

inline constexpr double kStep_nl = 12.5;
inline constexpr std::int64_t kLeastRate = 48'000;  // nL/day, REQ-101
inline constexpr std::int64_t kMostRate = 24'000'000;
inline constexpr std::int64_t kMinimumRate = 6'000;      // nL/day, one step in 180 s
inline constexpr std::uint32_t kMostSpeed = 26'990'000;  // nL/day, of a bolus beside the base
inline constexpr std::uint32_t kLeastBolus_nl = 250;
inline constexpr std::uint32_t kMostBolus_nl = 1'000'000;
inline constexpr std::int64_t kMostCeiling_nl = 27'000'000;
inline constexpr std::uint32_t kMaxPath_nl = 1'000'000;  // REQ-210

// What the pump makes of a bolus: the nearest whole number of its steps.
inline double in_steps_nl(std::int64_t volume_nl) {
  return std::round(static_cast<double>(volume_nl) / kStep_nl) * kStep_nl;
}
// The same as a program writes it, in whole nanolitres (half a one up: it rounds to the same steps), and the dose of it.
inline std::uint32_t whole_steps_nl(std::uint32_t volume_nl) {
  return static_cast<std::uint32_t>(std::ceil(in_steps_nl(volume_nl)));
}
inline Mass dose_in_steps(std::int64_t volume_nl, Concentration concentration) {
  return {std::llround(in_steps_nl(volume_nl) * 1e-6 * static_cast<double>(concentration.ng_per_ml))};
}

}  // namespace pumprig::programmer
