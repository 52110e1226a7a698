#include <cmath>

#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

void estimate(const Step& step, Estimate& out) {
  if (step.settings.text("expect") == "done") out.volume_ul += step.settings.number("volume");
}

std::string explain(const Step& step) {
  return "give a single bolus of " + step.settings.quantity("volume").text + " in " + step.settings.quantity("duration").text;
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto dose_nl = static_cast<std::uint32_t>((step.settings.volume("volume").count() + 500) / 1000);
  const auto duration_s = static_cast<std::uint32_t>(std::llround(step.settings.number("duration")));
  const auto answer = co_await context.programmer().give_bolus(dose_nl, duration_s);
  if (!answer) co_return fail(answer.error(), "the pump could not be asked");
  judge_answer(step, context, answer->status, begin);
  co_return Status{};
}

}  // namespace

StepKind step_single_bolus() {
  StepKind kind;
  kind.name = "single_bolus";
  kind.summary = "Gives a single bolus beside the base, as the clinician.";
  kind.settings = {
      Setting("volume", Shape::quantity(Dimension::kVolume, "250 nL", "1 mL"), "of the bolus").must(),
      Setting("duration", Shape::quantity(Dimension::kDuration, "1 s", "1 day"), "time in which it is given").must(),
      expect_setting("done", false),
      reason_setting(),
      id_setting(),
      requirements_setting(),
  };
  kind.reasons = reasons({Reasons::kProgram, Reasons::kTherapy, Reasons::kBolus});
  kind.example = R"({"step": "single_bolus", "volume": "50 uL", "duration": "30 min"})";
  kind.check = &check_reason;
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
