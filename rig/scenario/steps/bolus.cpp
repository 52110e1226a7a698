#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

constexpr Duration kPatience = std::chrono::seconds(30);

void estimate(const Step& step, Estimate& out) {
  if (out.running && step.settings.text("expect") == "granted") out.volume_ul += out.bolus_ul;
}

std::string explain(const Step& step) {
  std::string out = "the patient asks for a bolus; it must be " + step.settings.text("expect");
  if (step.settings.has("reason")) out += " because of \"" + step.settings.text("reason") + "\"";
  return out;
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  auto answer = co_await context.patient().request_bolus();
  // A reply that was lost leaves the outcome unknown: the same request is asked for again, which grants nothing twice.
  while (!answer && context.patient().outcome_unknown() && answer.error().code != ErrorCode::kCancelled &&
         context.now() - begin < kPatience) {
    answer = co_await context.patient().settle();
  }
  if (!answer) co_return fail(answer.error(), "the patient's request got no answer");
  judge_answer(step, context, answer->status, begin, number_text(clients::to_ul(answer->fields.dose_nl)) + " uL");
  co_return Status{};
}

}  // namespace

StepKind step_bolus() {
  StepKind kind;
  kind.name = "bolus";
  kind.summary = "Asks for a bolus as the patient, and judges the answer.";
  kind.settings = {
      expect_setting("granted", true),
      reason_setting(),
      id_setting(),
      requirements_setting(),
  };
  kind.makes_check = true;
  kind.example = R"({"step": "bolus", "expect": "granted"})";
  kind.check = &check_reason;
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
