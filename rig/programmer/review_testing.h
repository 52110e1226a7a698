// For the tests of reviews: what one says.
#pragma once

#include <algorithm>
#include <string>

#include "rig/programmer/review.h"

namespace pumprig::programmer {

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
