#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

void estimate(const Step&, Estimate& out) {
  out.running = true;
}

std::string explain(const Step&) {
  return "resume the therapy";
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto answer = co_await context.programmer().start();
  if (answer) co_return Status{};
  // A pump that declines, or does otherwise than it answers, is the pump's failure and not the rig's.
  if (answer.error().code != ErrorCode::kRefused && answer.error().code != ErrorCode::kProtocol)
    co_return fail(answer.error(), "the pump could not be asked");
  context.add_answer_check(step, "done", answer.error().text, false, begin);
  co_return Status{};
}

}  // namespace

StepKind step_resume() {
  StepKind kind;
  kind.name = "resume";
  kind.summary = "Resumes a therapy that was stopped, with the program that stands in the pump.";
  kind.example = R"({"step": "resume"})";
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
