// What can be measured: one row each, with its source, its dimension and what else it must be told.
#pragma once

#include <span>
#include <string_view>

#include "rig/base/quantity.h"
#include "rig/scenario/language/step_kind.h"

namespace pumprig::scenario {

struct Measurand {
  // kTotalizer: a channel of volume that only counts up; kPulses: a channel whose samples are pulses; kValues: any channel; kCondition: the
  // channel of the condition "that".
  enum class Source { kTotalizer, kPulses, kValues, kCondition };
  std::string_view name;
  std::string_view sentence;
  Source source;
  Dimension dimension;      // of the value; of kValues that of the channel instead
  std::string_view unit;    // of the value in reports; empty: that of the channel
  bool needs_rate = false;  // "rate": what it is compared with
  bool needs_span = false;  // "span" and "sample": length of an observation window and of a sample
};

std::span<const Measurand> measurands();
const Measurand* find_measurand(std::string_view name);
std::vector<std::string> measurand_names();

}  // namespace pumprig::scenario
