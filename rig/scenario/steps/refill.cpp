#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

void needs(const Step& step, const BenchFacts& bench, std::vector<std::string>& missing) {
  if (step.settings.has("true") && !bench.can("plant.refill")) missing.push_back("the capability \"plant.refill\"");
}

std::string explain(const Step& step) {
  std::string out = "refill: " + step.settings.quantity("entered").text + " entered";
  if (step.settings.has("true")) out += ", " + step.settings.quantity("true").text + " in truth";
  return out;
}

}  // namespace

StepKind step_refill() {
  StepKind kind;
  kind.name = "refill";
  kind.summary = "Fills the reservoir and tells the pump how much.";
  kind.settings = {
      Setting("entered", Shape::quantity(Dimension::kVolume, "0 mL", "40 mL"), "volume that the pump is told it holds").must(),
      Setting("true", Shape::quantity(Dimension::kVolume, "0 mL", "40 mL"),
              "volume that is really in it after the refill, where that differs"),
  };
  kind.example = R"({"step": "refill", "entered": "20 mL"})";
  kind.needs = &needs;
  kind.explain = &explain;
  return kind;
}

}  // namespace pumprig::scenario
