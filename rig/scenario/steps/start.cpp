#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

void estimate(const Step&, Estimate& out) {
  out.running = true;
}

std::string explain(const Step&) {
  return "start the therapy";
}

}  // namespace

StepKind step_start() {
  StepKind kind;
  kind.name = "start";
  kind.summary = "Starts the therapy that was programmed.";
  kind.example = R"({"step": "start"})";
  kind.estimate = &estimate;
  kind.explain = &explain;
  return kind;
}

}  // namespace pumprig::scenario
