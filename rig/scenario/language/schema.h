// The JSON Schema (draft 2020-12) of a scenario file, made from the same descriptions that the reader checks by.
#pragma once

#include <string>

namespace pumprig::scenario {

// Pretty-printed, ends with a line feed. scenarios/schema/scenario.schema.json is this text; a test compares.
std::string scenario_schema();

}  // namespace pumprig::scenario
