#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/faults.h"

namespace pumprig::scenario {
namespace {

std::string explain(const Step& step) {
  std::string out = "inject the fault \"" + step.settings.text("fault") + "\"";
  if (!step.settings.has("with")) return out;
  const char* joint = " with ";
  for (const auto& [name, value] : step.settings.object("with").all()) {
    out += joint + name + " " + to_json(value);
    joint = ", ";
  }
  return out;
}

}  // namespace

StepKind step_inject() {
  StepKind kind;
  kind.name = "inject";
  kind.summary = "Injects a fault that the bench can make.";
  kind.settings = {
      Setting("fault", Shape::name(), "name of the fault").must(),
      Setting("with", Shape::free(), "settings of the fault"),
  };
  kind.example = R"({"step": "inject", "fault": "occlusion"})";
  kind.check = &check_fault;
  kind.needs = &need_fault;
  kind.explain = &explain;
  return kind;
}

}  // namespace pumprig::scenario
