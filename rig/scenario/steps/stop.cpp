#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/over_line.h"

namespace pumprig::scenario {
namespace {

constexpr Duration kPatience = std::chrono::seconds(10);

void estimate(const Step&, Estimate& out) {
  out.running = false;
}

std::string explain(const Step&) {
  return "stop the therapy";
}

// A pump that accepts a stop and goes on for a while: whether that is too long is for a check of the witness to say.
Task<bool> stops_soon(RunContext& context) {
  for (const TimePoint deadline = context.now() + kPatience; context.now() < deadline;) {
    CO_TRY(co_await context.executor().sleep_for(std::chrono::milliseconds(500)));
    CO_TRY_ASSIGN(const auto status, co_await context.programmer().status());
    const auto state = status.fields.therapy_state;
    if (state == clients::TherapyState::kStopped || state == clients::TherapyState::kHalted) co_return true;
  }
  co_return false;
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto answer = co_await ask_over_line(step, context, &clients::Programmer::stop);
  if (answer) co_return Status{};
  // A pump that declines, or does otherwise than it answers, is the pump's failure and not the rig's.
  const ErrorCode code = answer.error().code;
  if (code != ErrorCode::kRefused && code != ErrorCode::kProtocol) co_return fail(answer.error(), "the pump could not be asked");
  if (code == ErrorCode::kProtocol) {
    context.event("contradiction", answer.error().text);
    CO_TRY_ASSIGN(const bool stopped, co_await stops_soon(context));
    if (stopped) co_return Status{};
  }
  context.add_answer_check(step, "stopped", answer.error().text, false, begin);
  co_return Status{};
}

}  // namespace

StepKind step_stop() {
  StepKind kind;
  kind.name = "stop";
  kind.summary = "Stops the therapy as the clinician.";
  kind.example = R"({"step": "stop"})";
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
