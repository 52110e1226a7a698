#include "rig/programmer/drug_library.h"

#include <algorithm>
#include <array>
#include <string>

namespace pumprig::programmer {
namespace {

constexpr std::int64_t kMg = 1'000'000;
constexpr std::int64_t kMcg = 1'000;
constexpr std::int64_t kDay_s = 86'400;

// Morphine: Infumorph label (10 and 25 mg/mL, 0.2 to 1 mg/day to begin with, caution above 20 mg/day), consensus 10 mg/day as the soft one.
// Ziconotide: Prialt label (2.4 mcg/day to begin with, steps of as much two or three times a week, 19.2 mcg/day; first fill 25 mcg/mL;
// stable 14 days after the first fill, later 84, diluted 40). Baclofen: usual ranges of intrathecal maintenance.
constexpr std::array kDrugs = {
    Drug{1, "morphine sulfate", {1 * kMg}, {25 * kMg}, {0}, {1 * kMg}, {10 * kMg}, {20 * kMg}, {0}, 0, 0, 0, 0, true},
    Drug{
        2, "ziconotide", {1 * kMcg}, {100 * kMcg}, {25 * kMcg}, {2'400}, {12 * kMcg}, {19'200}, {2'400}, 7 * kDay_s / 3, 14, 84, 40, false},
    Drug{3, "baclofen", {50 * kMcg}, {2'000 * kMcg}, {0}, {200 * kMcg}, {800 * kMcg}, {1'500 * kMcg}, {0}, 0, 0, 0, 0, true},
};

}  // namespace

std::span<const Drug> drug_library() {
  return kDrugs;
}

Result<Drug> find_drug(std::string_view name) {
  std::string known;
  for (const Drug& drug : kDrugs) {
    if (name == drug.name) return drug;
    known += (known.empty() ? "" : ", ") + std::string(drug.name);
  }
  return fail(ErrorCode::kNotFound, "the library has no drug \"" + std::string(name) + "\"; it has " + known);
}

const Drug* find_drug(std::uint16_t number) {
  const auto found = std::find_if(kDrugs.begin(), kDrugs.end(), [&](const Drug& drug) { return drug.number == number; });
  return found == kDrugs.end() ? nullptr : &*found;
}

}  // namespace pumprig::programmer
