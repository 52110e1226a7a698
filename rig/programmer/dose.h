// Dose arithmetic in whole numbers: masses in ng, concentrations in ng/mL, dose rates in ng/day, rates in nL/day.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rig/base/result.h"

namespace pumprig::programmer {

struct Mass {
  std::int64_t ng = 0;
  friend constexpr auto operator<=>(Mass, Mass) = default;
};
struct Concentration {
  std::int64_t ng_per_ml = 0;
  friend constexpr auto operator<=>(Concentration, Concentration) = default;
};
struct DoseRate {
  std::int64_t ng_per_day = 0;
  friend constexpr auto operator<=>(DoseRate, DoseRate) = default;
};

// "5 mg/day", "60 mcg/h" (taken times 24). kInvalidArgument names what is wrong and what may be written: from 1 ng, 1 ng/mL or 1 ng/day to
// 10 g, 1 g/mL or 10 g/day.
Result<DoseRate> parse_dose_rate(std::string_view text);
Result<Mass> parse_mass(std::string_view text);
Result<Concentration> parse_concentration(std::string_view text);  // "20 mg/mL", "25 mcg/mL"

// Units spelled out, so that nobody reads one for another: "5 milligrams per day", "2.4 micrograms per day".
std::string to_text(DoseRate dose);
std::string per_hour_text(DoseRate dose);
std::string to_text(Mass mass);
std::string to_text(Concentration concentration);
std::string ml_per_day_text(std::uint32_t nl_per_day);
std::string volume_text(std::int64_t nl);

// Rate (nL/day) = daily dose / concentration, to the nearest nL/day. What does not fit is the largest number there is, never a wrapped one.
std::int64_t rate_nl_per_day(DoseRate dose, Concentration concentration);
DoseRate dose_of(std::int64_t nl_per_day, Concentration concentration);
std::int64_t volume_nl(Mass mass, Concentration concentration);
Mass mass_of(std::int64_t nl, Concentration concentration);

}  // namespace pumprig::programmer
