// Boluses at a constant interval beside one base: what they come to, and what the pump can give of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rig/clients/telemetry.h"
#include "rig/programmer/dose.h"

namespace pumprig::programmer {

inline constexpr std::uint32_t kDay_s = 86'400;
inline constexpr std::uint32_t kMostSpeed = 26'990'000;  // nL/day, of a bolus beside the base

struct PeriodicBolus {
  Mass dose;
  std::uint32_t volume_nl = 0;  // the same, of the concentration that is prescribed
  std::uint32_t duration_s = 0;
  std::uint32_t interval_s = 0;  // from the start of one to the start of the next

  Mass most_in(std::uint32_t window_s) const;
  DoseRate mean() const;
};

// What the pump makes of a bolus: the nearest whole number of its steps.
double in_steps_nl(std::int64_t volume_nl);
// The same as a program writes it, in whole nanolitres, and the dose of it.
std::uint32_t whole_steps_nl(std::uint32_t volume_nl);
Mass dose_in_steps(std::int64_t volume_nl, Concentration concentration);

// What of the periodic boluses the pump can not give beside a base of `base_nl_per_day`, each with what would do.
std::vector<std::string> wrong_with(const PeriodicBolus& bolus, std::int64_t base_nl_per_day);

// When the first one comes after `bolus` is programmed where `before` stands: the pump keeps its grid where the interval stays, and gives
// none until a bridge is over.
std::string first_bolus_text(const PeriodicBolus& bolus, const clients::Program& before, bool bridge);

// Most of `program`'s periodic boluses that any window gives, nL; of another mode none.
double most_periodic_nl(const clients::Program& program, std::uint32_t window_s);
// How many the pump counts in a window for its ceilings: also those whose last steps reach into it from before.
std::uint32_t counted_periodic(const PeriodicBolus& bolus, std::uint32_t window_s);

}  // namespace pumprig::programmer
