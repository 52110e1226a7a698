// A parameter of a fault, whoever makes it: the twin or a line.
#pragma once

#include <string>
#include <string_view>

#include "rig/base/quantity.h"
#include "rig/base/result.h"

namespace pumprig::twin {

// Values as people write them, with units: a default is checked like a given value.
struct FaultParameter {
  std::string_view name;
  Dimension dimension = Dimension::kCount;
  std::string_view fallback;  // empty: nothing stands for it
  std::string_view min;       // inclusive
  std::string_view max;
  std::string_view help;  // one sentence
};

// In the base unit of its dimension. kInvalidArgument is a sentence that says what is wrong with the text.
Result<double> check_parameter(const FaultParameter& parameter, const std::string& text);

}  // namespace pumprig::twin
