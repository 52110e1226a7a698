#include <algorithm>
#include <array>

#include "rig/scenario/language/step_kind.h"

namespace pumprig::scenario {

#define STEP_KIND(name) StepKind step_##name();
#include "rig/scenario/steps/catalogue.inc"
#undef STEP_KIND

std::span<const StepKind> step_catalogue() {
#define STEP_KIND(name) step_##name(),
  static const std::array kKinds = {
#include "rig/scenario/steps/catalogue.inc"
  };
#undef STEP_KIND
  return kKinds;
}

const StepKind* find_step_kind(std::string_view name) {
  const auto kinds = step_catalogue();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const StepKind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace pumprig::scenario
