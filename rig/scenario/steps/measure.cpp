#include <cmath>

#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/channels.h"
#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/condition.h"
#include "rig/scenario/steps/limit.h"
#include "rig/scenario/steps/measures.h"
#include "rig/scenario/steps/window.h"

namespace pumprig::scenario {
namespace {

constexpr Duration kArrival = std::chrono::milliseconds(200);

std::optional<Dimension> channel_dimension(const ChannelFact* fact) {
  if (fact == nullptr) return std::nullopt;
  const auto unit = unit_fact(fact->info.unit);
  return unit ? std::optional(unit->dimension) : std::nullopt;
}

// The channel must carry what the measurand is made from.
void check_source(const Measurand& what, const Value& channel, const ChannelFact* fact, CheckContext& context) {
  const auto dimension = channel_dimension(fact);
  if (!dimension) return;
  if (what.dimension == Dimension::kMass && *dimension != Dimension::kMass) {
    context.add(channel, "\"" + channel.text() + "\" counts no mass: its unit is " + fact->info.unit,
                "take for example \"patient.dose_a\"");
  } else if (what.source == Measurand::Source::kTotalizer && what.dimension != Dimension::kMass && *dimension != Dimension::kVolume) {
    context.add(channel, "\"" + channel.text() + "\" is no totalizer: its unit is " + fact->info.unit,
                "a volume comes from a totalizer, never from flows that were polled; take for example \"flow.volume\"");
  }
  if (what.source == Measurand::Source::kPulses && fact->info.instrument != "witness" && *dimension != Dimension::kCount) {
    context.add(channel, "\"" + channel.text() + "\" has no pulses: its unit is " + fact->info.unit, "take \"witness.step\"");
  }
}

void check_wanted(const Step& step, const char* name, bool wanted, CheckContext& context) {
  const std::string what = "\"" + step.settings.text("what") + "\"";
  if (wanted && !step.settings.has(name)) {
    context.mistakes.add(step.offset, step.pointer, what + " needs \"" + name + "\"", "add it");
  } else if (!wanted && step.settings.has(name)) {
    context.add(step.settings.at(name), what + " takes no \"" + name + "\"", "leave it out");
  }
}

void check_span(const Step& step, CheckContext& context) {
  if (!step.settings.has("span") || !step.settings.has("sample")) return;
  const auto span = step.settings.duration("span");
  const auto sample = step.settings.duration("sample");
  if (span % sample != Duration{0})
    context.add(step.settings.at("span"), "the span is no whole number of samples", "make it a multiple of \"sample\"");
}

void check_conditions(const Step& step, CheckContext& context) {
  for (const auto* name : {"that", "from"}) {
    if (!step.settings.has(name)) continue;
    const Settings& condition = step.settings.object(name);
    check_condition(condition, context);
    if (condition.has("pump")) {
      context.add(condition.at("pump"), "the pump's own word is no evidence for when something was", "take a channel of an instrument");
    }
  }
}

void check(const Step& step, CheckContext& context) {
  const Measurand& what = *find_measurand(step.settings.text("what"));
  const bool condition = what.source == Measurand::Source::kCondition;
  check_wanted(step, "channel", !condition, context);
  check_wanted(step, "that", condition, context);
  check_wanted(step, "rate", what.needs_rate, context);
  check_wanted(step, "span", what.needs_span, context);
  check_wanted(step, "sample", what.needs_span, context);
  if (step.settings.has("from") && what.name != "time_to" && what.name != "last_step" && what.name != "first_step")
    check_wanted(step, "from", false, context);
  check_span(step, context);
  check_conditions(step, context);
  check_window(step.settings.object("window"), context);
  if (!step.settings.has("limit") && step.settings.text("report") != "information") {
    context.mistakes.add(step.offset, step.pointer, "\"limit\" is missing: nothing says what the value must be",
                         "add it, or write \"report\": \"information\"");
  }
  Dimension dimension = what.dimension;
  if (!condition && step.settings.has("channel")) {
    const auto* fact = check_evidence(step.settings.at("channel"), context);
    check_source(what, step.settings.at("channel"), fact, context);
    if (what.source == Measurand::Source::kValues && step.settings.has("limit")) {
      const Settings& limit = step.settings.object("limit");
      for (const auto* name : {"of", "at_least", "at_most"}) {
        if (limit.has(name)) check_unit(limit.at(name), fact, context);
      }
      // Without a bench, what the limit says of itself must do.
      for (const auto* name : {"at_most", "at_least", "of"}) {
        if (limit.has(name)) dimension = limit.quantity(name).dimension;
      }
    }
  }
  if (step.settings.has("limit")) check_limit(step.settings.object("limit"), dimension, context);
}

void needs(const Step& step, const BenchFacts& bench, std::vector<std::string>& missing) {
  const Measurand& what = *find_measurand(step.settings.text("what"));
  for (const auto* name : {"that", "from"}) {
    if (step.settings.has(name)) need_condition(step.settings.object(name), bench, missing);
  }
  if (!step.settings.has("channel")) return;
  const std::string& channel = step.settings.text("channel");
  need_channel(channel, bench, missing);
  const Settings limit = step.settings.has("limit") ? step.settings.object("limit") : Settings{};
  if (what.source == Measurand::Source::kValues) {
    for (const auto* name : {"of", "at_least", "at_most"}) {
      if (limit.has(name)) need_range(channel, limit.number(name), bench, missing);
    }
  }
  // The flow that a totalizer must follow is that of its meter.
  if (what.source != Measurand::Source::kTotalizer) return;
  const std::string flow = channel.substr(0, channel.find('.')) + ".flow";
  if (step.settings.has("rate")) need_range(flow, step.settings.number("rate"), bench, missing);
  if (what.name == "mean_flow" && limit.has("of")) need_range(flow, limit.number("of"), bench, missing);
}

void estimate(const Step& step, Estimate& out) {
  // A window that is longer than what has passed makes the step wait for its end; without a run only the length is known.
  if (step.settings.object("window").has("for") && step.settings.object("window").has("since")) {
    out.pass(Duration{0}, step.settings.object("window").duration("for"));
  }
}

std::string explain(const Step& step) {
  const Settings& settings = step.settings;
  std::string out = "measure \"" + settings.text("id") + "\": " + settings.text("what");
  if (settings.has("channel")) out += " of " + settings.text("channel");
  if (settings.has("that")) out += " when " + explain_condition(settings.object("that"));
  out += " " + explain_window(settings.object("window"));
  if (settings.has("limit")) out += " must be " + explain_limit(settings.object("limit"));
  if (settings.text("report") == "information") out += " (information only)";
  return out;
}

Task<void> run(const Step& step, RunContext& context) {
  auto& planned = *context.planned(step);
  // The window may reach beyond now, and the last edges of it may still be on their way.
  const TimePoint end = planned.measurement->end();
  const TimePoint until = saturating_add(end == kNever ? context.now() : end, kArrival);
  if (until > context.now()) CO_TRY(co_await context.executor().sleep_until(until));
  CO_TRY(co_await context.catch_up(planned));
  context.finish_measurement(planned);
  co_return Status{};
}

}  // namespace

StepKind step_measure() {
  StepKind kind;
  kind.name = "measure";
  kind.summary = "Measures something over a stated window and holds it against a limit.";
  kind.settings = {
      required_id_setting(),
      Setting("what", Shape::choice(measurand_names()), "what is measured").must(),
      Setting("channel", Shape::name(), "the channel that it is measured on"),
      Setting("that", condition_shape(), "of time_to: the condition"),
      Setting("from", condition_shape(), "of time_to, first_step and last_step: time counts from when this holds"),
      Setting("window", window_shape(), "when").must(),
      Setting("rate", Shape::quantity(Dimension::kFlowRate), "the flow that it is compared with"),
      Setting("span", Shape::quantity(Dimension::kDuration, "1 s", "30 days"), "of trumpet: length of the observation window"),
      Setting("sample", Shape::quantity(Dimension::kDuration, "1 s", "1 day"), "of trumpet: time between the volumes"),
      Setting("limit", limit_shape(), "what the value must be; a measurement for information may go without"),
      requirements_setting(),
      report_setting(),
  };
  kind.makes_check = true;
  kind.example = R"({"step": "measure", "id": "flow", "what": "mean_flow", "channel": "flow.volume",
      "window": {"over": "delivery", "settle": "1 h"}, "limit": {"within": "14.5 %", "of": "0.5 mL/day"}})";
  kind.check = &check;
  kind.needs = &needs;
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
