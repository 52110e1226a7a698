#include "rig/programmer/review.h"

#include <algorithm>
#include <cstdlib>

namespace pumprig::programmer {

bool Review::refused() const {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::kRefuse; });
}

int Review::confirmations() const {
  const bool twice = std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::kConfirmTwice; });
  return twice ? 2 : 1;
}

std::string Review::second_question() const {
  const std::string what = second_words.empty() ? "the dose of 24 hours, with its unit and per day" : second_words;
  return "This is a big change. Type " + what + ", to confirm it once more";
}

bool Review::confirms_again(std::string_view typed) const {
  if (!second_words.empty()) return typed == second_words;
  if (!typed.ends_with("/day")) return false;
  const auto dose = parse_dose_rate(typed);
  if (!dose) return false;
  // The figure on the page may be a rounded one.
  return std::abs(static_cast<double>(dose->ng_per_day - day_dose.ng_per_day)) <= 5e-4 * static_cast<double>(day_dose.ng_per_day);
}

std::string Review::text() const {
  std::size_t width = 0;
  for (const Figure& figure : figures) width = std::max(width, figure.name.size());
  std::string out;
  for (const Figure& figure : figures) out += "  " + figure.name + std::string(width + 2 - figure.name.size(), ' ') + figure.value + "\n";
  for (const Finding& finding : findings) {
    const char* head = finding.severity == Severity::kRefuse ? "  refused: "
                       : finding.severity == Severity::kNote ? "  note: "
                                                             : "  to confirm: ";
    out += head + finding.text + "\n";
  }
  return out;
}

}  // namespace pumprig::programmer
