#include "rig/base/calendar.h"
#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

void check(const Step& step, CheckContext& context) {
  check_reason(step, context);
  if (parse_calendar(step.settings.text("to"))) return;
  context.add(step.settings.at("to"), "\"" + step.settings.text("to") + "\" is no date and time", "write it as 2026-03-02 08:00:00");
}

std::string explain(const Step& step) {
  return "set the pump's calendar to " + step.settings.text("to");
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto local_time_s = parse_calendar(step.settings.text("to")).value_or(0);
  const auto answer = co_await context.programmer().set_clock(local_time_s);
  if (!answer) co_return fail(answer.error(), "the pump could not be asked");
  judge_answer(step, context, answer->status, begin);
  co_return Status{};
}

}  // namespace

StepKind step_set_clock() {
  StepKind kind;
  kind.name = "set_clock";
  kind.summary = "Sets the calendar of the pump, as the clinician.";
  kind.settings = {
      Setting("to", Shape::text(), "local date and time, YYYY-MM-DD HH:MM:SS").must(),
      expect_setting("done", false),
      reason_setting(),
      id_setting(),
      requirements_setting(),
  };
  kind.example = R"({"step": "set_clock", "to": "2026-03-02 08:00:00"})";
  kind.check = &check;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
