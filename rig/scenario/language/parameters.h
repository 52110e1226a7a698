// Typed parameters of a scenario: declared with a dimension, a default and limits, set by hand, put in where ${name} stands.
#pragma once

#include <vector>

#include "rig/scenario/language/reader.h"
#include "rig/scenario/language/scenario.h"

namespace pumprig::scenario {

struct ParametersRead {
  std::vector<ParameterValue> values;
  Replacements replacements;
  std::string canonical_json;  // declarations with their values
};

// `node` is the value of "parameters", or null where there is none.
ParametersRead read_parameters(const Node* node, const std::vector<Override>& overrides, Mistakes& mistakes);

// "flow rate", … and "text".
std::vector<std::string> parameter_dimensions();
std::optional<Dimension> dimension_from_text(std::string_view text);

}  // namespace pumprig::scenario
