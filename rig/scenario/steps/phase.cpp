#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

void estimate(const Step& step, Estimate& out) {
  estimate_steps(step.during, out);
}

std::string explain(const Step& step) {
  return step.settings.text("title") + ":";
}

Task<void> run(const Step& step, RunContext& context) {
  co_return co_await context.run_steps(step.during);
}

}  // namespace

StepKind step_phase() {
  StepKind kind;
  kind.name = "phase";
  kind.summary = "Runs some steps and gives their time one name.";
  kind.settings = {Setting("title", Shape::text(), "a few words for reports").must()};
  kind.nests = StepKind::Nests::kAlways;
  kind.example = R"({"step": "phase", "title": "delivery", "during": [{"step": "wait", "for": "1 h"}]})";
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
