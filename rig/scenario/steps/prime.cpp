#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

void estimate(const Step& step, Estimate& out) {
  if (step.settings.text("expect") == "refused") return;
  out.running = true;
  out.volume_ul += step.settings.number("volume");
}

std::string explain(const Step& step) {
  return "prime " + step.settings.quantity("volume").text;
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto volume_nl = static_cast<std::uint32_t>((step.settings.volume("volume").count() + 500) / 1000);
  const auto answer = co_await context.programmer().prime(volume_nl);
  if (!answer) co_return fail(answer.error(), "the pump could not be asked");
  judge_answer(step, context, answer->status, begin);
  co_return Status{};
}

}  // namespace

StepKind step_prime() {
  StepKind kind;
  kind.name = "prime";
  kind.summary = "Fills the path from the reservoir to the tip with a priming bolus, as the clinician.";
  kind.settings = {
      Setting("volume", Shape::quantity(Dimension::kVolume, "1 uL", "1 mL"), "of the priming bolus").must(),
      expect_setting("done", false),
      reason_setting(),
      id_setting(),
      requirements_setting(),
  };
  kind.reasons = reasons({Reasons::kProgram, Reasons::kTherapy, Reasons::kBolus});
  kind.example = R"({"step": "prime", "volume": "375 uL"})";
  kind.check = &check_reason;
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
