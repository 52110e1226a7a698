#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

std::string explain(const Step& step) {
  return "note: " + step.settings.text("text");
}

Task<void> run(const Step& step, RunContext& context) {
  context.event("note", step.settings.text("text"));
  co_return Status{};
}

}  // namespace

StepKind step_note() {
  StepKind kind;
  kind.name = "note";
  kind.summary = "Writes a line into the record.";
  kind.settings = {Setting("text", Shape::text(), "the line").must()};
  kind.example = R"({"step": "note", "text": "occlusion follows"})";
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
