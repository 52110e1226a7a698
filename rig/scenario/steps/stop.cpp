#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

void estimate(const Step&, Estimate& out) {
  out.running = false;
}

std::string explain(const Step&) {
  return "stop the therapy";
}

}  // namespace

StepKind step_stop() {
  StepKind kind;
  kind.name = "stop";
  kind.summary = "Stops the therapy as the clinician.";
  kind.example = R"({"step": "stop"})";
  kind.estimate = &estimate;
  kind.explain = &explain;
  return kind;
}

}  // namespace pumprig::scenario
