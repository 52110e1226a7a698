#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

std::string explain(const Step& step) {
  return "hold point: " + step.settings.text("title");
}

Task<void> run(const Step& step, RunContext& context) {
  const std::string title = step.settings.text("title");
  co_return co_await context.pass_hold_point(title);
}

}  // namespace

StepKind step_hold_point() {
  StepKind kind;
  kind.name = "hold_point";
  kind.summary = "Allows a pause: a run that was asked to pause stands here, therapy and sampling as they are, until it is resumed.";
  kind.settings = {Setting("title", Shape::text(), "a few words for who pauses here").must()};
  kind.example = R"({"step": "hold_point", "title": "before the occlusion"})";
  kind.is_hold_point = true;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
