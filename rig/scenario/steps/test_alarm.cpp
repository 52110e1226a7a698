#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

std::string explain(const Step&) {
  return "sound both alarms for a test";
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto answer = co_await context.programmer().test_alarm();
  if (!answer) co_return fail(answer.error(), "the pump could not be asked");
  judge_answer(step, context, answer->status, begin);
  co_return Status{};
}

}  // namespace

StepKind step_test_alarm() {
  StepKind kind;
  kind.name = "test_alarm";
  kind.summary = "Asks the pump to sound both of its alarms, as the clinician.";
  kind.settings = {
      expect_setting("done", false),
      reason_setting(),
      id_setting(),
      requirements_setting(),
  };
  kind.reasons = reasons({Reasons::kTherapy});
  kind.example = R"({"step": "test_alarm"})";
  kind.check = &check_reason;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
