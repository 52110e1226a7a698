// For the tests of reviews: what is prescribed, and what the review says.
#pragma once

#include <algorithm>
#include <string>

#include "rig/programmer/prescription.h"

namespace pumprig::programmer {

inline DoseRate dose(const char* text) {
  return *parse_dose_rate(text);
}
inline Concentration concentration(const char* text) {
  return *parse_concentration(text);
}

inline Prescription prescription(const char* drug, const char* strength, const char* daily) {
  Prescription out;
  out.drug = drug;
  out.concentration = concentration(strength);
  out.dose = dose(daily);
  out.pump_tube_nl = 199'000;
  out.catheter_nl = 176'000;
  return out;
}

inline Present running(const Prescription& before) {
  Present present;
  present.program = review(before, {})->program;
  present.programmed = present.running = true;
  present.tube_concentration_ng_per_ml = present.program.concentration_ng_per_ml;
  return present;
}

inline bool says(const Review& review, Severity severity, const std::string& part) {
  return std::any_of(review.findings.begin(), review.findings.end(),
                     [&](const Finding& f) { return f.severity == severity && f.text.find(part) != std::string::npos; });
}

inline std::string figure(const Review& review, const std::string& name) {
  for (const Figure& f : review.figures) {
    if (f.name == name) return f.value;
  }
  return {};
}

}  // namespace pumprig::programmer
