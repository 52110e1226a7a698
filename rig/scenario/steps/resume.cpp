#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

void estimate(const Step&, Estimate& out) {
  out.running = true;
}

std::string explain(const Step&) {
  return "resume the therapy";
}

}  // namespace

StepKind step_resume() {
  StepKind kind;
  kind.name = "resume";
  kind.summary = "Resumes a therapy that was stopped, with the program that stands in the pump.";
  kind.example = R"({"step": "resume"})";
  kind.estimate = &estimate;
  kind.explain = &explain;
  return kind;
}

}  // namespace pumprig::scenario
