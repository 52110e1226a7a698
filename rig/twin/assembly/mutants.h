// The planted defects of the host firmware by name: tests of the rig show with them that a check sees what it should.
#pragma once

#include <string_view>
#include <vector>

#include "firmware/pump/mutant.h"
#include "rig/base/result.h"

namespace pumprig::twin {

// kInvalidArgument lists the known ones.
Result<pumpfw::Mutant> find_mutant(std::string_view name);

std::vector<std::string_view> mutant_names();

}  // namespace pumprig::twin
