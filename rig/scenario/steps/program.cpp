#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/prescription.h"

namespace pumprig::scenario {
namespace {

bool is_to_be_refused(const Step& step) {
  return step.settings.text("expect") == "refused";
}

void check(const Step& step, CheckContext& context) {
  check_prescription(step.settings, is_to_be_refused(step), context);
  check_reason(step, context);
}

void estimate(const Step& step, Estimate& out) {
  if (is_to_be_refused(step)) return;
  out.rate_ul_per_min = mean_rate_ul_per_min(step.settings);
  out.bolus_ul = step.settings.has("patient_bolus") ? step.settings.object("patient_bolus").number("volume") : 0;
}

std::string explain(const Step& step) {
  std::string out = "program " + base_text(step.settings);
  if (step.settings.number("drug") != 0) out += " of drug " + step.settings.quantity("drug").text;
  if (step.settings.has("concentration")) out += " at " + step.settings.quantity("concentration").text;
  if (step.settings.has("bridge")) {
    const Settings& bridge = step.settings.object("bridge");
    out += ", after a bridge of " + bridge.quantity("volume").text + " at " + bridge.quantity("rate").text;
  }
  if (step.settings.has("patient_bolus")) {
    const Settings& bolus = step.settings.object("patient_bolus");
    const auto said = [&bolus](const char* name) { return bolus.has(name) ? bolus.quantity(name).text : std::string("not set"); };
    out += ", patient bolus " + said("volume") + " in " + said("duration") + ", lockout " + said("lockout") + ", " + said("per_day") +
           " a day";
  }
  if (is_to_be_refused(step)) out += "; the pump must refuse it";
  return out;
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const clients::Program program = to_program(step.settings);
  const auto answer = co_await context.programmer().offer(program);
  if (!answer && answer.error().code == ErrorCode::kProtocol) {  // it does otherwise than it answers
    context.add_answer_check(step, step.settings.text("expect"), answer.error().text, false, begin);
    co_return Status{};
  }
  const bool lost = !answer && (answer.error().code == ErrorCode::kTimeout || answer.error().code == ErrorCode::kCorrupt);
  if (lost && step.settings.text("expect") == "accepted_or_lost") {
    context.add_answer_check(step, "accepted, or lost on the line", "nothing that came through: " + answer.error().text, true, begin);
    co_return Status{};
  }
  if (!answer) co_return fail(answer.error(), "the program could not be written and read back");
  judge_answer(step, context, answer->status, begin);
  co_return Status{};
}

}  // namespace

StepKind step_program() {
  StepKind kind;
  kind.name = "program";
  kind.summary = "Sends a therapy program to the pump as the clinician, and reads it back.";
  kind.settings = prescription_settings();
  const Setting expect =
      Setting("expect", Shape::choice({"accepted", "refused", "accepted_or_lost"}),
              "what the pump must answer; accepted_or_lost: nobody minds when the line loses it, and the old or the new program holds")
          .by_default("\"accepted\"");
  for (Setting setting : {expect, reason_setting(), id_setting(), requirements_setting()}) {
    kind.settings.push_back(std::move(setting));
  }
  kind.reasons = reasons({Reasons::kProgram, Reasons::kTherapy});
  kind.example = R"({"step": "program", "rate": "0.5 mL/day"})";
  kind.check = &check;
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
