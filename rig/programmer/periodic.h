// Boluses at a constant interval beside one base: what they come to, and what the pump can give of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rig/clients/telemetry.h"
#include "rig/programmer/dose.h"
#include "rig/programmer/pump_limits.h"

namespace pumprig::programmer {

struct PeriodicBolus {
  Mass dose;
  std::uint32_t volume_nl = 0;  // the same, of the concentration that is prescribed
  std::uint32_t duration_s = 0;
  std::uint32_t interval_s = 0;  // from the start of one to the start of the next

  Mass most_in(std::uint32_t window_s) const;
  DoseRate mean() const;
};

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
