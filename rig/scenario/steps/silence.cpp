#include <cmath>

#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

std::string explain(const Step& step) {
  return "silence the alarm for " + step.settings.quantity("for").text + ", as the " + step.settings.text("role");
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto seconds = static_cast<std::uint32_t>(std::llround(step.settings.number("for")));
  const auto answer =
      co_await context.bench().pump().ask_after_self_test(asking_role(step), clients::protocol::SilenceAlarm{seconds}, clients::kHearing);
  if (!answer) co_return fail(answer.error(), "the pump could not be asked");
  judge_answer(step, context, answer->status, begin);
  co_return Status{};
}

}  // namespace

StepKind step_silence() {
  StepKind kind;
  kind.name = "silence";
  kind.summary = "Silences the sound of the alarms for a time, as the patient or the clinician.";
  kind.settings = {
      Setting("role", Shape::choice({"patient", "clinician"}), "who asks for it").must(),
      Setting("for", Shape::quantity(Dimension::kDuration, "0 s", "7 days"), "how long").must(),
      expect_setting("done", false),
      reason_setting(),
      id_setting(),
      requirements_setting(),
  };
  kind.reasons = reasons({Reasons::kTherapy, Reasons::kAlarm});
  kind.example = R"({"step": "silence", "role": "patient", "for": "30 min"})";
  kind.check = &check_reason;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
