// The names of rig/json that this room uses as its own.
#pragma once

#include "rig/json/reader.h"
#include "rig/scenario/language/json.h"
#include "rig/scenario/language/settings.h"
#include "rig/scenario/language/shape.h"

namespace pumprig::scenario {

using json::Reader;
using json::Replacements;

}  // namespace pumprig::scenario
