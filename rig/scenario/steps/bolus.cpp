#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

constexpr Duration kPatience = std::chrono::seconds(30);

void estimate(const Step& step, Estimate& out) {
  if (out.running && step.settings.text("expect") == "granted" && !step.settings.boolean("again")) out.volume_ul += out.bolus_ul;
}

std::string explain(const Step& step) {
  const bool again = step.settings.boolean("again");
  std::string out =
      again ? "the patient's last request for a bolus comes again; it must be answered " : "the patient asks for a bolus; it must be ";
  out += step.settings.text("expect");
  if (step.settings.has("reason")) out += " because of \"" + step.settings.text("reason") + "\"";
  return out;
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const bool again = step.settings.boolean("again");
  if (again && !context.patient().last()) co_return fail(ErrorCode::kInvalidArgument, "no bolus has been asked for that could be repeated");
  if (again) context.patient().take_over(*context.patient().last());
  auto asked = again ? context.patient().settle() : context.patient().request_bolus();
  auto answer = co_await std::move(asked);
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
      Setting("again", Shape::boolean(), "the same request as the last one once more: its answer is the same, and nothing is given twice")
          .by_default("false"),
      id_setting(),
      requirements_setting(),
  };
  kind.makes_check = true;
  kind.reasons = reasons({Reasons::kTherapy, Reasons::kBolus});
  kind.example = R"({"step": "bolus", "expect": "granted"})";
  kind.check = &check_reason;
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
