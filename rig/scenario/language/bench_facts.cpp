#include "rig/scenario/language/bench_facts.h"

#include <algorithm>

namespace pumprig::scenario {

const ChannelFact* BenchFacts::find_channel(std::string_view channel) const {
  const auto found = std::find_if(channels.begin(), channels.end(), [&](const ChannelFact& c) { return c.info.name == channel; });
  return found == channels.end() ? nullptr : &*found;
}

const FaultFact* BenchFacts::find_fault(std::string_view fault) const {
  const auto found = std::find_if(faults.begin(), faults.end(), [&](const FaultFact& f) { return f.name == fault; });
  return found == faults.end() ? nullptr : &*found;
}

bool BenchFacts::can(std::string_view capability) const {
  return std::find(capabilities.begin(), capabilities.end(), capability) != capabilities.end();
}

std::vector<std::string> BenchFacts::channel_names() const {
  std::vector<std::string> out;
  for (const auto& channel : channels) out.push_back(channel.info.name);
  return out;
}

std::vector<std::string> BenchFacts::fault_names() const {
  std::vector<std::string> out;
  for (const auto& fault : faults) out.push_back(fault.name);
  return out;
}

std::optional<UnitFact> unit_fact(std::string_view unit) {
  if (unit == "1" || unit.empty()) return UnitFact{};
  const auto one = parse_quantity("1 " + std::string(unit));
  if (!one) return std::nullopt;
  UnitFact fact;
  fact.dimension = one->dimension;
  fact.factor = one->value;
  if (one->dimension == Dimension::kPressure) fact.reference = one->reference;
  return fact;
}

}  // namespace pumprig::scenario
