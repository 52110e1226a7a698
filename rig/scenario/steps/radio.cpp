#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/limit.h"

namespace pumprig::scenario {
namespace {

void check(const Step& step, CheckContext& context) {
  const Settings& limit = step.settings.object("limit");
  check_limit(limit, Dimension::kRatio, context);
  for (const auto* name : {"of", "at_least", "at_most"}) {
    if (!limit.has(name) || limit.quantity(name).dimension != Dimension::kRatio) continue;
    if (limit.number(name) >= 0 && limit.number(name) <= 1) continue;
    context.add(limit.at(name), "\"" + limit.quantity(name).text + "\" is no share of the time", "write 0 % to 100 %");
  }
}

std::string explain(const Step& step) {
  return "ask the pump for which share of the time since its reset its radio was on; it must be " +
         explain_limit(step.settings.object("limit"));
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto status = co_await context.programmer().status();
  if (!status) co_return fail(status.error(), "the pump could not be asked");
  const auto& told = status->fields;
  const double since_reset_ms = static_cast<double>(told.monotonic_ticks) * 1000 / clients::protocol::kTicksPerSecond;
  // Both are told in whole milliseconds and ticks.
  Check check = judge_told(step, context, begin, told.radio_ms / since_reset_ms, 1 / since_reset_ms);
  check.verdict.explanation = std::to_string(told.radio_ms) + " ms on, of which " + std::to_string(told.radio_strangers_ms) +
                              " ms belonged to no session; switched off for " + std::to_string(told.receiver_off_s) + " s";
  context.add_check(std::move(check));
  co_return Status{};
}

}  // namespace

StepKind step_radio() {
  StepKind kind;
  kind.name = "radio";
  kind.summary = "Asks the pump how long its radio was on since its reset, in and out, and judges that share of the time.";
  kind.settings = {
      required_id_setting(),
      Setting("limit", limit_shape(), "the share of the time").must(),
      requirements_setting(),
      report_setting(),
  };
  kind.makes_check = true;
  kind.example = R"({"step": "radio", "id": "duty", "limit": {"at_most": "1 %"}})";
  kind.check = &check;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
