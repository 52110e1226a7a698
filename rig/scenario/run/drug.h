// A drug of a scenario as the twin of a bench takes it.
#pragma once

#include "rig/bench/bench.h"
#include "rig/scenario/language/drug.h"

namespace pumprig::scenario {

inline twin::DrugContent drug_content(const Settings& drug, twin::DrugContent::Where where) {
  constexpr double kMilligramsPerGram = 1e3;
  return {drug.text("name"), drug.number("concentration") * kMilligramsPerGram, where};
}

}  // namespace pumprig::scenario
