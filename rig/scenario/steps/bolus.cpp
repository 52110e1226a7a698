#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

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
  kind.example = R"({"step": "bolus", "expect": "granted"})";
  kind.check = &check;
  kind.estimate = &estimate;
  kind.explain = &explain;
  return kind;
}

}  // namespace pumprig::scenario
