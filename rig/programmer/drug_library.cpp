#include "rig/programmer/drug_library.h"

#include <algorithm>
#include <array>
#include <string>

namespace pumprig::programmer {
namespace {

constexpr std::int64_t kMg = 1'000'000;
constexpr std::int64_t kMcg = 1'000;
constexpr std::int64_t kWeek_s = 604'800;

// Morphine: Infumorph label (10 and 25 mg/mL, 0.2 to 1 mg/day to begin with, caution above 20 mg/day), consensus 10 mg/day as the soft one.
// Ziconotide: Prialt label (2.4 mcg/day to begin with, steps of as much two or three times a week, 19.2 mcg/day; first fill 25 mcg/mL;
// stable 14 days after the first fill, later 84, diluted 40). Baclofen: usual ranges of intrathecal maintenance.
constexpr std::array kDrugs = {
    Drug{.number = 1,
         .name = "morphine sulfate",
         .lowest_concentration = {1 * kMg},
         .highest_concentration = {25 * kMg},
         .first_fill_at_most = {0},
         .lowest_start = {200 * kMcg},
         .highest_start = {1 * kMg},
         .soft_limit = {10 * kMg},
         .hard_limit = {20 * kMg},
         .largest_step = {0},
         .shortest_interval_s = 0,
         .stable_days_first = 0,
         .stable_days = 0,
         .stable_days_diluted = 0,
         .vials = {{{10 * kMg}, {20 * kMg}, {25 * kMg}}},
         .patient_boluses = true},
    Drug{.number = 2,
         .name = "ziconotide",
         .lowest_concentration = {1 * kMcg},
         .highest_concentration = {100 * kMcg},
         .first_fill_at_most = {25 * kMcg},
         .lowest_start = {0},
         .highest_start = {2'400},
         .soft_limit = {12 * kMcg},
         .hard_limit = {19'200},
         .largest_step = {2'400},
         .shortest_interval_s = kWeek_s / 3,
         .stable_days_first = 14,
         .stable_days = 84,
         .stable_days_diluted = 40,
         .vials = {{{25 * kMcg}, {100 * kMcg}, {0}}},
         .patient_boluses = false},
    Drug{.number = 3,
         .name = "baclofen",
         .lowest_concentration = {50 * kMcg},
         .highest_concentration = {2'000 * kMcg},
         .first_fill_at_most = {0},
         .lowest_start = {50 * kMcg},
         .highest_start = {200 * kMcg},
         .soft_limit = {800 * kMcg},
         .hard_limit = {1'500 * kMcg},
         .largest_step = {0},
         .shortest_interval_s = 0,
         .stable_days_first = 0,
         .stable_days = 0,
         .stable_days_diluted = 0,
         .vials = {{{500 * kMcg}, {1'000 * kMcg}, {2'000 * kMcg}}},
         .patient_boluses = true},
};

}  // namespace

bool Drug::diluted(Concentration concentration) const {
  return std::find(vials.begin(), vials.end(), concentration) == vials.end();
}

std::span<const Drug> drug_library() {
  return kDrugs;
}

Result<Drug> find_drug(std::string_view name) {
  std::string known;
  for (const Drug& drug : kDrugs) {
    if (name == drug.name) return drug;
    known += (known.empty() ? "" : ", ") + std::string(drug.name);
  }
  // By its beginning, where that is long enough and of one drug only.
  const Drug* meant = nullptr;
  for (const Drug& drug : kDrugs) {
    if (name.size() < 3 || !std::string_view(drug.name).starts_with(name)) continue;
    if (meant != nullptr) return fail(ErrorCode::kNotFound, "\"" + std::string(name) + "\" is more than one drug of the library: " + known);
    meant = &drug;
  }
  if (meant != nullptr) return *meant;
  return fail(ErrorCode::kNotFound, "the library has no drug \"" + std::string(name) + "\"; it has " + known);
}

const Drug* find_drug(std::uint16_t number) {
  const auto* const found = std::find_if(kDrugs.begin(), kDrugs.end(), [&](const Drug& drug) { return drug.number == number; });
  return found == kDrugs.end() ? nullptr : &*found;
}

std::string limits_text(const Drug& drug) {
  std::string out;
  const auto add = [&](const char* name, const std::string& value) { out += std::string(name) + ": " + value + "\n"; };
  add("concentration", to_text(drug.lowest_concentration) + " to " + to_text(drug.highest_concentration));
  if (drug.first_fill_at_most.ng_per_ml != 0) add("first fill", "at most " + to_text(drug.first_fill_at_most));
  if (drug.highest_start.ng_per_day != 0) {
    const bool from = drug.lowest_start.ng_per_day != 0;
    add("usual dose to begin with", (from ? to_text(drug.lowest_start) + " to " : "at most ") + to_text(drug.highest_start));
  }
  add("confirmed above", to_text(drug.soft_limit));
  add("refused above", to_text(drug.hard_limit));
  if (drug.largest_step.ng_per_day != 0) {
    add("raised by",
        "at most " + to_text(drug.largest_step) + ", at least " + std::to_string(drug.shortest_interval_s / 3600) + " hours apart");
  }
  if (drug.stable_days != 0) {
    add("stable in the pump", std::to_string(drug.stable_days_first) + " days after the first fill, then " +
                                  std::to_string(drug.stable_days) + ", diluted " + std::to_string(drug.stable_days_diluted));
  }
  add("patient boluses", drug.patient_boluses ? "allowed" : "not allowed");
  return out;
}

}  // namespace pumprig::programmer
