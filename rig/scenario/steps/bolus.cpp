#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

constexpr Duration kPatience = std::chrono::seconds(30);

void check(const Step& step, CheckContext& context) {
  if (step.settings.has("reason") && step.settings.text("expect") == "granted") {
    context.add(step.settings.at("reason"), "a bolus that is granted has no reason", "leave it out, or expect \"refused\"");
  }
}

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
  const std::string reason = clients::protocol::describe(answer->status).name;
  std::string wanted = step.settings.text("expect");
  bool good = answer->refused() == (wanted == "refused");
  if (step.settings.has("reason")) {
    good = good && reason == step.settings.text("reason");
    wanted += ": " + step.settings.text("reason");
  }
  const std::string found =
      answer->refused() ? "refused: " + reason : "granted, " + number_text(clients::to_ul(answer->fields.dose_nl)) + " uL";
  context.add_answer_check(step, std::move(wanted), found, good, begin);
  co_return Status{};
}

}  // namespace

StepKind step_bolus() {
  StepKind kind;
  kind.name = "bolus";
  kind.summary = "Asks for a bolus as the patient, and judges the answer.";
  kind.settings = {
      Setting("expect", Shape::choice({"granted", "refused"}), "what the pump must answer").must(),
      Setting("reason", Shape::name(), "why it must refuse"),
      id_setting(),
      requirements_setting(),
  };
  kind.makes_check = true;
  kind.example = R"({"step": "bolus", "expect": "granted"})";
  kind.check = &check;
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
