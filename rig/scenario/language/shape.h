// The names of rig/json that this room uses as its own.
#pragma once

#include "rig/json/shape.h"

namespace pumprig::scenario {

using json::Setting;
using json::Shape;

}  // namespace pumprig::scenario
