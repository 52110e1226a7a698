// What the programmer knows of each drug. Example entries for a simulator, from published labels; no advice for anybody's treatment.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "rig/base/result.h"
#include "rig/programmer/dose.h"

namespace pumprig::programmer {

struct Drug {
  std::uint16_t number;  // in Program::drug; never given to another
  const char* name;
  Concentration lowest_concentration;
  Concentration highest_concentration;
  Concentration first_fill_at_most;  // 0: any
  DoseRate lowest_start;             // less on a patient's first day is confirmed: a microgram may stand for a milligram; 0: not limited
  DoseRate highest_start;            // more on that day is confirmed; 0: not limited
  DoseRate soft_limit;               // beyond it the clinician confirms
  DoseRate hard_limit;               // beyond it the program is refused
  DoseRate largest_step;             // between two programs; 0: not limited
  std::int64_t shortest_interval_s;  // between two raises; 0: not limited
  // Days in the pump after the first fill, after later ones, and after a later one with a diluted drug; 0: not stated.
  std::uint16_t stable_days_first;
  std::uint16_t stable_days;
  std::uint16_t stable_days_diluted;
  std::array<Concentration, 3> vials;  // as they are sold; any other is diluted. 0: none
  bool patient_boluses;

  bool diluted(Concentration concentration) const;
};

std::span<const Drug> drug_library();
// kNotFound names those that there are.
Result<Drug> find_drug(std::string_view name);
const Drug* find_drug(std::uint16_t number);
// All limits of a drug with their units spelled out, a line each.
std::string limits_text(const Drug& drug);

}  // namespace pumprig::programmer
