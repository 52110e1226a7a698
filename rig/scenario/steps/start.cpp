#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/over_line.h"

namespace pumprig::scenario {
namespace {

void estimate(const Step&, Estimate& out) {
  out.running = true;
}

std::string explain(const Step& step) {
  return step.kind->name + " the therapy";
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto answer = co_await ask_over_line(step, context, &clients::Programmer::start);
  if (answer) co_return Status{};
  // A pump that declines, or does otherwise than it answers, is the pump's failure and not the rig's.
  if (answer.error().code != ErrorCode::kRefused && answer.error().code != ErrorCode::kProtocol)
    co_return fail(answer.error(), "the pump could not be asked");
  context.add_answer_check(step, "done", answer.error().text, false, begin);
  co_return Status{};
}

}  // namespace

StepKind therapy_start_kind(std::string name, std::string summary) {
  StepKind kind;
  kind.example = R"({"step": ")" + name + R"("})";
  kind.name = std::move(name);
  kind.summary = std::move(summary);
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

StepKind step_start() {
  return therapy_start_kind("start", "Starts the therapy that was programmed.");
}

}  // namespace pumprig::scenario
