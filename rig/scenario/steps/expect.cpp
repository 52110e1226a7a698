#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/condition.h"

namespace pumprig::scenario {
namespace {

void check(const Step& step, CheckContext& context) {
  check_condition(step.settings.object("that"), context);
}

void needs(const Step& step, const BenchFacts& bench, std::vector<std::string>& missing) {
  need_condition(step.settings.object("that"), bench, missing);
}

void estimate(const Step& step, Estimate& out) {
  out.pass(Duration{0}, step.settings.duration("within"));
}

std::string explain(const Step& step) {
  return "expect within " + step.settings.quantity("within").text + " that " + explain_condition(step.settings.object("that"));
}

}  // namespace

StepKind step_expect() {
  StepKind kind;
  kind.name = "expect";
  kind.summary = "Waits until a condition holds; it must come within a time.";
  kind.settings = {
      required_id_setting(),
      Setting("that", condition_shape(), "the condition").must(),
      Setting("within", Shape::quantity(Dimension::kDuration, "1 ms", "365 days"), "the longest that it may take").must(),
      requirements_setting(),
      report_setting(),
  };
  kind.example = R"({"step": "expect", "id": "alarm", "that": {"pump": "alarm", "is": "occlusion"}, "within": "1 h"})";
  kind.check = &check;
  kind.needs = &needs;
  kind.estimate = &estimate;
  kind.explain = &explain;
  return kind;
}

}  // namespace pumprig::scenario
