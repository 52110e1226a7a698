#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/faults.h"

namespace pumprig::scenario {
namespace {

std::string explain(const Step& step) {
  return "clear the fault \"" + step.settings.text("fault") + "\"";
}

}  // namespace

StepKind step_clear() {
  StepKind kind;
  kind.name = "clear";
  kind.summary = "Takes a fault away that was injected before.";
  kind.settings = {Setting("fault", Shape::name(), "name of the fault").must()};
  kind.example = R"({"step": "clear", "fault": "occlusion"})";
  kind.needs = &need_fault;
  kind.explain = &explain;
  return kind;
}

}  // namespace pumprig::scenario
