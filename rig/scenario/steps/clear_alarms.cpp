#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

std::string explain(const Step&) {
  return "clear the alarms";
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto answer =
      co_await context.bench().pump().ask_after_self_test(clients::Role::kClinician, clients::protocol::ClearAlarm{}, clients::kHearing);
  if (!answer) co_return fail(answer.error(), "the pump could not be asked");
  judge_answer(step, context, answer->status, begin);
  co_return Status{};
}

}  // namespace

StepKind step_clear_alarms() {
  StepKind kind;
  kind.name = "clear_alarms";
  kind.summary = "Clears the alarms of the pump, as the clinician.";
  kind.settings = {
      expect_setting("done", false),
      reason_setting(),
      id_setting(),
      requirements_setting(),
  };
  kind.reasons = reasons({Reasons::kTherapy, Reasons::kAlarm});
  kind.example = R"({"step": "clear_alarms"})";
  kind.check = &check_reason;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
