// The names of rig/json that this room uses as its own.
#pragma once

#include "rig/json/document.h"
#include "rig/json/mistake.h"

namespace pumprig::scenario {

using json::child_pointer;
using json::Document;
using json::Member;
using json::Mistake;
using json::Mistakes;
using json::Node;
using json::quote_json;
using json::suggest;
using json::to_error;

}  // namespace pumprig::scenario
