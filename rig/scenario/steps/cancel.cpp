#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

std::string explain(const Step& step) {
  return "end the " + step.settings.text("what") + " that runs";
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const bool bolus = step.settings.text("what") == "bolus";
  auto request = bolus ? context.programmer().cancel_bolus() : context.programmer().cancel_prime();
  const auto answer = co_await std::move(request);
  if (!answer) co_return fail(answer.error(), "the pump could not be asked");
  judge_answer(step, context, answer->status, begin);
  co_return Status{};
}

}  // namespace

StepKind step_cancel() {
  StepKind kind;
  kind.name = "cancel";
  kind.summary = "Ends the bolus or the priming that runs, as the clinician.";
  kind.settings = {
      Setting("what", Shape::choice({"bolus", "priming"}), "what is ended").must(),
      expect_setting("done", false),
      reason_setting(),
      id_setting(),
      requirements_setting(),
  };
  kind.reasons = reasons({Reasons::kTherapy});
  kind.example = R"({"step": "cancel", "what": "bolus"})";
  kind.check = &check_reason;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
