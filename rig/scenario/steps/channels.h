// Channels as steps name them: is there such a one, may a verdict rest on it, can its meter see what is wanted?
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rig/scenario/language/step_kind.h"

namespace pumprig::scenario {

// The channel's facts; null when the bench is not known or does not have it. A channel that an instrument of the bench does not offer is
// a mistake; an instrument that the bench lacks is a need (need_channel), since the scenario may run on another bench.
const ChannelFact* check_channel(const Value& channel, CheckContext& context);

// The same, and it must be evidence: the pump's own word is refused, with or without a bench.
const ChannelFact* check_evidence(const Value& channel, CheckContext& context);

void need_channel(std::string_view channel, const BenchFacts& bench, std::vector<std::string>& missing);

// The meter must be able to measure up to `value` (in the base unit of its dimension).
void need_range(std::string_view channel, double value, const BenchFacts& bench, std::vector<std::string>& missing);

// The quantity must have the dimension of the channel, and a pressure its reference. Null facts: nothing is checked.
void check_unit(const Value& value, const ChannelFact* channel, CheckContext& context);

}  // namespace pumprig::scenario
