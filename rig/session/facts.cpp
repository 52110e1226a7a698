#include "rig/session/facts.h"

#include <span>

#include "rig/bench/line_faults.h"
#include "rig/json/document.h"
#include "rig/twin/faults/catalogue.h"

namespace pumprig::session {
namespace {

// Of a parameter without a default: is it needed, or may it be left out?
enum class Undefaulted { kNeeded, kOptional };

void add_settings(std::span<const twin::FaultParameter> parameters, Undefaulted undefaulted, scenario::FaultFact& fact) {
  for (const auto& parameter : parameters) {
    scenario::Setting setting(std::string(parameter.name),
                              scenario::Shape::quantity(parameter.dimension, std::string(parameter.min), std::string(parameter.max)),
                              std::string(parameter.help));
    if (!parameter.fallback.empty()) setting.fallback = json::quote_json(parameter.fallback);
    setting.required = parameter.fallback.empty() && undefaulted == Undefaulted::kNeeded;
    fact.settings.push_back(std::move(setting));
  }
}

scenario::FaultFact fact_of(const twin::FaultDescriptor& fault) {
  scenario::FaultFact fact{std::string(fault.name), std::string(fault.summary), {}};
  add_settings(fault.parameters, Undefaulted::kNeeded, fact);
  return fact;
}

scenario::FaultFact fact_of(const bench::LineFaultKind& fault) {
  scenario::FaultFact fact{std::string(fault.name), std::string(fault.summary), {}};
  fact.of_line = true;
  fact.settings.push_back(scenario::Setting("link", scenario::Shape::name(), "instrument whose line it is").must());
  add_settings(fault.parameters, Undefaulted::kOptional, fact);
  return fact;
}

void add_channels(const bench::InstrumentConfig& instrument, scenario::BenchFacts& facts) {
  const auto& descriptor = *instrument.descriptor;
  const auto channels = descriptor.channels_for != nullptr ? descriptor.channels_for(instrument.settings) : descriptor.channels;
  for (const auto& channel : channels) {
    scenario::ChannelFact fact;
    fact.info = channel;
    fact.info.name = instrument.name + "." + channel.name;
    fact.info.instrument = instrument.name;
    if (descriptor.range != nullptr) {
      if (const auto range = descriptor.range(instrument.settings, channel.name)) fact.min = range->min, fact.max = range->max;
    }
    facts.channels.push_back(std::move(fact));
  }
}

}  // namespace

scenario::BenchFacts facts_of(const bench::BenchConfig& config) {
  scenario::BenchFacts facts;
  facts.name = config.name;
  facts.is_virtual = bench::is_virtual(config.kind);
  for (const auto& instrument : config.instruments) add_channels(instrument, facts);
  if (facts.is_virtual || !config.control.empty()) facts.capabilities.emplace_back("plant.refill");
  if (facts.is_virtual || !config.control.empty()) {
    const bool memory = config.kind != bench::BenchKind::kVirtualArmWire;  // that board keeps its own, and its own time
    const bool code = memory && config.kind != bench::BenchKind::kVirtualArm;
    for (const auto* fault : twin::fault_catalogue()) {
      const bool reached =
          (memory || !fault->in_memory) && (code || !fault->in_code) && (code || !fault->in_ram) && (memory || !fault->in_clock);
      if (reached) facts.faults.push_back(fact_of(*fault));
    }
  }
  for (const auto& fault : bench::line_fault_catalogue()) facts.faults.push_back(fact_of(fault));
  for (const auto& instrument : config.instruments) {
    facts.links.push_back(instrument.name);
    const bool keyed = instrument.descriptor->kind == "pump_board" && !instrument.settings.text("keys").empty();
    if (keyed) facts.capabilities.emplace_back("telemetry.sealed");
  }
  // The bench says which part of the uncertainty a margin may lack; the scenario wants which part it must have.
  facts.guard_band = 1.0 - config.guard_band;
  return facts;
}

}  // namespace pumprig::session
