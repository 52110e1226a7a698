#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

void estimate(const Step& step, Estimate& out) {
  out.pass(step.settings.duration("for"), step.settings.duration("for"));
}

std::string explain(const Step& step) {
  return "wait " + step.settings.quantity("for").text;
}

Task<void> run(const Step& step, RunContext& context) {
  co_return co_await context.executor().sleep_for(step.settings.duration("for"));
}

}  // namespace

StepKind step_wait() {
  StepKind kind;
  kind.name = "wait";
  kind.summary = "Lets time pass.";
  kind.settings = {Setting("for", Shape::quantity(Dimension::kDuration, "0 s", "365 days"), "how long").must()};
  kind.example = R"({"step": "wait", "for": "10 min"})";
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
