#include "rig/programmer/review.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace pumprig::programmer {
namespace {

// What was copied from the page, "1 milligram per day", as it is typed: "1 mg/day".
std::string as_typed(std::string_view words) {
  static constexpr std::pair<std::string_view, std::string_view> kShort[] = {
      {"milligrams", "mg"}, {"milligram", "mg"}, {"micrograms", "mcg"}, {"microgram", "mcg"}, {" per day", "/day"}};
  std::string out(words);
  for (const auto& [spelled, typed] : kShort) {
    if (const std::size_t at = out.find(spelled); at != std::string::npos) out.replace(at, spelled.size(), typed);
  }
  return out;
}

}  // namespace

bool Review::refused() const {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::kRefuse; });
}

int Review::confirmations() const {
  const bool twice = std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::kConfirmTwice; });
  return twice ? 2 : 1;
}

std::string Review::second_question() const {
  const std::string what = !second_words.empty() ? second_words
                           : second_mass         ? "the dose of the bolus, with its unit"
                           : second_dose         ? "the dose of " + second_of + ", with its unit and per day"
                                                 : "the dose of 24 hours, with its unit and per day";
  return "This is a big change. Type " + what + ", to confirm it once more";
}

bool Review::confirms_again(std::string_view typed) const {
  if (!second_words.empty()) return typed == second_words;
  const std::string read = as_typed(typed);
  // The figure on the page may be a rounded one.
  const auto same = [](std::int64_t is, std::int64_t wanted) {
    return std::abs(static_cast<double>(is - wanted)) <= 5e-4 * static_cast<double>(wanted);
  };
  if (second_mass) {
    const auto mass = parse_mass(read);
    return mass && same(mass->ng, second_mass->ng);
  }
  if (!read.ends_with("/day")) return false;
  const auto dose = parse_dose_rate(read);
  return dose && same(dose->ng_per_day, second_dose.value_or(day_dose).ng_per_day);
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
