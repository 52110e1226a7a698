// Shared by the tests of this room: a bench described by data, and scenarios made from a few steps.
#pragma once

#include <algorithm>
#include <string>

#include "rig/scenario/language/bench_facts.h"
#include "rig/scenario/language/load.h"

namespace pumprig::scenario::testing {

inline ChannelFact channel(std::string name, std::string unit, bool evidence, std::optional<double> min = {},
                           std::optional<double> max = {}) {
  ChannelFact fact;
  fact.info.instrument = name.substr(0, name.find('.'));
  fact.info.name = std::move(name);
  fact.info.unit = std::move(unit);
  fact.info.evidence = evidence;
  fact.min = min;
  fact.max = max;
  return fact;
}

inline BenchFacts bench() {
  BenchFacts facts;
  facts.name = "virtual";
  facts.is_virtual = true;
  facts.channels = {channel("flow.flow", "uL/min", true, -8, 8),
                    channel("flow.volume", "uL", true),
                    channel("pressure.pressure", "kPa gauge", true, -100, 300),
                    channel("witness.step", "1", true),
                    channel("witness.alarm_high", "1", true),
                    channel("patient.dose_a", "ug", true),
                    channel("pump.steps", "1", false),
                    channel("pump.dose_believed", "ug", false),
                    channel("pump.reservoir", "uL", false)};
  facts.capabilities = {"plant.refill"};
  facts.faults = {{"occlusion", "closes the outlet", {}},
                  {"leak",
                   "lets fluid out",
                   {Setting("resistance", Shape::quantity(Dimension::kFlowResistance, "1e9 Pa.s/m3"), "of the hole").must()}}};
  return facts;
}

// A scenario file with these steps (JSON text of a list).
inline std::string with_steps(const std::string& steps, const std::string& more = {}) {
  return "{\"scenario\": 1, \"name\": \"t\", \"title\": \"a test\"" + (more.empty() ? "" : ", " + more) + ",\n\"steps\": " + steps + "}";
}

inline bool mentions(const LoadOutcome& outcome, const std::string& pointer, const std::string& words) {
  return std::any_of(outcome.mistakes.begin(), outcome.mistakes.end(),
                     [&](const Mistake& m) { return m.pointer == pointer && (m.text + "; " + m.remedy).find(words) != std::string::npos; });
}

inline std::string all_text(const LoadOutcome& outcome) {
  std::string out;
  for (const auto& mistake : outcome.mistakes) out += mistake.describe() + "\n";
  return out;
}

}  // namespace pumprig::scenario::testing
