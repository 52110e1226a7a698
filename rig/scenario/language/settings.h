// The names of rig/json that this room uses as its own.
#pragma once

#include "rig/json/settings.h"

namespace pumprig::scenario {

using json::Settings;
using json::to_json;
using json::Value;

}  // namespace pumprig::scenario
