#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/limit.h"

namespace pumprig::scenario {
namespace {

void check(const Step& step, CheckContext& context) {
  check_limit(step.settings.object("limit"), Dimension::kDuration, context);
}

std::string explain(const Step& step) {
  return "ask the pump when " + step.settings.text("what") + " comes; it must be " + explain_limit(step.settings.object("limit")) +
         " from now";
}

std::int64_t date_of(const std::string& what, const clients::StatusReply& status) {
  if (what == "low_reservoir") return status.reservoir_low_at_s;
  return what == "empty_reservoir" ? status.reservoir_empty_at_s : status.replace_by_s;
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto status = co_await context.programmer().status();
  if (!status) co_return fail(status.error(), "the pump could not be asked");
  const std::int64_t date = date_of(step.settings.text("what"), status->fields);
  Check check = judge_told(step, context, begin, static_cast<double>(date - status->fields.local_time_s), 1);  // both are whole seconds
  if (date == 0) {
    check.verdict.value.reset();
    check.verdict.margin.reset();
    check.verdict.verdict = Verdict::kFail;
    check.verdict.explanation = "the pump names no date";
  }
  context.add_check(std::move(check));
  co_return Status{};
}

}  // namespace

StepKind step_forecast() {
  StepKind kind;
  kind.name = "forecast";
  kind.summary = "Asks the pump for a date that it works out, and judges how far off that is.";
  kind.settings = {
      required_id_setting(),
      Setting("what", Shape::choice({"low_reservoir", "empty_reservoir", "replace_by"}), "which date").must(),
      Setting("limit", limit_shape(), "the time from now until then").must(),
      requirements_setting(),
      report_setting(),
  };
  kind.makes_check = true;
  kind.example = R"({"step": "forecast", "id": "low", "what": "low_reservoir", "limit": {"within": "1 day", "of": "36 days"}})";
  kind.check = &check;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
