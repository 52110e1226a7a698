// Faults as the steps inject and clear name them.
#pragma once

#include <string>
#include <vector>

#include "rig/scenario/language/step_kind.h"

namespace pumprig::scenario {

// The settings under "with" must be those that the bench states for the fault. A fault that the bench lacks is a need, not a mistake.
void check_fault(const Step& step, CheckContext& context);
void need_fault(const Step& step, const BenchFacts& bench, std::vector<std::string>& missing);

}  // namespace pumprig::scenario
