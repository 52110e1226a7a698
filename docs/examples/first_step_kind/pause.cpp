#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/channels.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

// So long may a step still be on its way to the rig.
constexpr Duration kArrival = std::chrono::milliseconds(200);

void check(const Step& step, CheckContext& context) {
  const Settings& settings = step.settings;
  const auto* fact = check_evidence(settings.at("channel"), context);
  if (fact != nullptr && fact->info.unit != "1") {
    context.add(settings.at("channel"), "\"" + settings.text("channel") + "\" counts no steps", "take the witness: \"witness.step\"");
  }
  if (settings.duration("for") <= settings.duration("settle")) {
    context.add(settings.at("for"), "nothing of the pause is left to look at", "make it longer than \"settle\"");
  }
}

void needs(const Step& step, const BenchFacts& bench, std::vector<std::string>& missing) {
  need_channel(step.settings.text("channel"), bench, missing);
}

void estimate(const Step& step, Estimate& out) {
  const bool was_running = out.running;
  out.running = false;
  out.pass(step.settings.duration("for"), step.settings.duration("for"));
  out.running = was_running;
}

std::string explain(const Step& step) {
  return "pause the therapy for " + step.settings.quantity("for").text + "; no step may come on " + step.settings.text("channel");
}

// A pump that declines, or does otherwise than it answers, is the pump's failure; one that can not be asked is the rig's.
Status judge_refusal(const Step& step, RunContext& context, std::string wanted, const Error& error, TimePoint since) {
  if (error.code != ErrorCode::kRefused && error.code != ErrorCode::kProtocol) return fail(error, "the pump could not be asked");
  context.add_answer_check(step, std::move(wanted), error.text, false, since);
  return {};
}

Task<void> run(const Step& step, RunContext& context) {
  const Settings& settings = step.settings;
  const std::string channel = settings.text("channel");
  const TimePoint begin = context.now();
  const auto stopped = co_await context.programmer().stop();
  // A pump that agrees and goes on for a while: the witness says for how long.
  if (!stopped && stopped.error().code == ErrorCode::kProtocol) {
    context.event("contradiction", stopped.error().text);
  } else if (!stopped) {
    co_return judge_refusal(step, context, "stopped", stopped.error(), begin);
  }
  const TimePoint from = begin + settings.duration("settle");
  const TimePoint to = begin + settings.duration("for");
  // A step that is on its way now counts with the pause: the pump is judged the stricter.
  CO_TRY(co_await context.executor().sleep_until(from));
  const auto before = context.sampling().latest(channel);
  CO_TRY(co_await context.executor().sleep_until(to + kArrival));
  const auto after = context.sampling().latest(channel);
  const auto started = co_await context.programmer().start();
  if (!started) co_return judge_refusal(step, context, "running again", started.error(), begin);

  monitor::Outcome steps;
  steps.value = (after ? after->value : 0) - (before ? before->value : 0);
  Check check = context.begin_check(step);
  check.verdict.limit = "no step";
  check.verdict.unit = "1";
  check.verdict.source = channel;
  check.verdict.window_start = from;
  check.verdict.window_end = to;
  monitor::Limit none;
  none.high = 0;
  context.judge(check, none, steps);
  context.add_check(std::move(check));
  co_return Status{};
}

}  // namespace

StepKind step_pause() {
  StepKind kind;
  kind.name = "pause";
  kind.summary = "Stops the therapy for a time and starts it again; the witness must see no step in between.";
  kind.settings = {
      Setting("for", Shape::quantity(Dimension::kDuration, "1 s", "48 h"), "how long").must(),
      Setting("channel", Shape::name(), "the channel that counts the steps").must(),
      Setting("settle", Shape::quantity(Dimension::kDuration, "0 s", "1 h"), "left out at the begin").by_default("\"1 s\""),
      id_setting(),
      requirements_setting(),
  };
  kind.makes_check = true;
  kind.example = R"({"step": "pause", "for": "10 min", "channel": "witness.step"})";
  kind.check = &check;
  kind.needs = &needs;
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
