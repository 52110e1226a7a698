#include <algorithm>

#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/condition.h"
#include "rig/scenario/steps/limit.h"

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

// Polls the pump's own word.
Task<bool> pump_says(const Settings& condition, RunContext& context) {
  const std::string& about = condition.text("pump");
  if (about == "reset_cause") {
    CO_TRY_ASSIGN(const auto who, co_await context.programmer().identify());
    co_return std::string_view(clients::protocol::describe(who.fields.reset_cause).name) == condition.text("is");
  }
  CO_TRY_ASSIGN(const auto status, co_await context.programmer().status());
  if (about == "state") co_return std::string_view(clients::protocol::describe(status.fields.therapy_state).name) == condition.text("is");
  const auto alarms = clients::alarms_of(status.fields.alarm_bits);
  const bool listed = condition.has("is")
                          ? std::any_of(alarms.begin(), alarms.end(),
                                        [&](clients::Alarm alarm) {
                                          return std::string_view(clients::protocol::describe(alarm).name) == condition.text("is");
                                        })
                          : !alarms.empty();
  co_return listed == (about == "alarm");
}

Task<monitor::Outcome> wait_for_pump(const Step& step, TimePoint deadline, RunContext& context) {
  const Settings& condition = step.settings.object("that");
  const TimePoint begin = context.now();
  const Duration interval = std::clamp<Duration>((deadline - begin) / 200, std::chrono::seconds(1), std::chrono::seconds(30));
  monitor::Outcome out;
  TimePoint before = begin;
  while (true) {
    const TimePoint asked = context.now();
    const auto holds = co_await pump_says(condition, context);
    if (!holds) {
      const Error failed = holds.error();
      CO_TRY_ASSIGN(const bool again, co_await context.wait_for_line(step, failed, deadline));
      const bool line = again || failed.code == ErrorCode::kUnavailable || failed.code == ErrorCode::kTimeout;
      if (!line) co_return tl::unexpected<Error>(failed);
      out.doubt = "the pump could not be asked all the time: " + failed.text;
      if (!again) co_return out;
      continue;
    }
    if (*holds) {
      out.value = to_seconds(asked - begin);
      out.uncertainty = to_seconds(context.now() - before);
      out.at = asked;
      co_return out;
    }
    if (context.now() >= deadline) co_return out;
    before = asked;
    CO_TRY(co_await context.executor().sleep_until(std::min(deadline, asked + interval)));
  }
}

Task<monitor::Outcome> wait_for_channel(const Settings& condition, TimePoint deadline, RunContext& context) {
  const std::string channel = condition.text("channel");
  const auto* facts = context.sampling().find(channel);
  Watch watch(context.executor(), condition_band(condition, facts->info), *facts);
  const Sampling::Watching watching(context.sampling(), channel, watch);
  watch.judge.begin(context.now());
  while (!watch.judge.happened()) {
    const Status waited = co_await watch.event.wait(deadline);
    if (waited || watch.judge.happened()) continue;
    if (waited.error().code == ErrorCode::kTimeout) break;
    co_return tl::unexpected<Error>(waited.error());
  }
  if (!watch.judge.happened()) CO_TRY(co_await context.sampling().catch_up(channel));
  monitor::Outcome out = watch.judge.finish(deadline < context.now() ? deadline : context.now());
  if (watch.lost && out.doubt.empty()) out.doubt = "something of the channel was lost meanwhile";
  co_return out;
}

Task<void> run(const Step& step, RunContext& context) {
  const Settings& that = step.settings.object("that");
  const TimePoint begin = context.now();
  const TimePoint deadline = saturating_add(begin, step.settings.duration("within"));
  const bool by_pump = that.has("pump");
  Result<monitor::Outcome> outcome;
  if (by_pump) {
    outcome = co_await wait_for_pump(step, deadline, context);
  } else {
    outcome = co_await wait_for_channel(that, deadline, context);
  }
  if (!outcome) co_return tl::unexpected<Error>(outcome.error());
  Check check = context.begin_check(step);
  check.verdict.limit = explain_condition(that) + " within " + step.settings.quantity("within").text;
  check.verdict.unit = written_unit(step.settings.quantity("within"));
  const double seconds = unit_fact(check.verdict.unit)->factor;
  if (outcome->value) *outcome->value /= seconds;
  outcome->uncertainty /= seconds;
  check.verdict.source = by_pump ? "pump telemetry" : that.text("channel");
  check.verdict.window_start = begin;
  check.verdict.window_end = context.now();
  monitor::Limit limit;
  limit.high = step.settings.number("within") / seconds;
  context.judge(check, limit, *outcome);
  if (!outcome->value && outcome->doubt.empty()) {
    check.verdict.verdict = Verdict::kFail;
    check.verdict.explanation = "it did not happen within " + step.settings.quantity("within").text;
  }
  context.add_check(std::move(check));
  co_return Status{};
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
  kind.makes_check = true;
  kind.example = R"({"step": "expect", "id": "alarm", "that": {"pump": "alarm", "is": "occlusion"}, "within": "1 h"})";
  kind.check = &check;
  kind.needs = &needs;
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
