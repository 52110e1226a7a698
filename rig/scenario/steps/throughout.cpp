#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/condition.h"

namespace pumprig::scenario {
namespace {

void check(const Step& step, CheckContext& context) {
  if (const Settings& that = step.settings.object("that"); that.has("pump")) {
    context.add(that.at("pump"), "what the pump says of itself is asked for now and then and not seen throughout", "take a channel");
  }
  check_condition(step.settings.object("that"), context);
  if (step.settings.has("for") == !step.during.empty()) {
    context.mistakes.add(step.offset, step.pointer, "the time throughout which it must hold is not clear",
                         "write either \"for\" or \"during\"");
  }
}

void needs(const Step& step, const BenchFacts& bench, std::vector<std::string>& missing) {
  need_condition(step.settings.object("that"), bench, missing);
}

void estimate(const Step& step, Estimate& out) {
  if (step.settings.has("for")) out.pass(step.settings.duration("for"), step.settings.duration("for"));
  estimate_steps(step.during, out);
}

std::string explain(const Step& step) {
  std::string out = "throughout ";
  out += step.settings.has("for") ? step.settings.quantity("for").text : std::string("these steps");
  if (step.settings.number("settle") > 0) out += " after " + step.settings.quantity("settle").text;
  return out + ", " + explain_condition(step.settings.object("that"));
}

Task<void> run(const Step& step, RunContext& context) {
  auto& planned = *context.planned(step);
  planned.measurement->open(context.now());
  Status done;
  if (step.settings.has("for")) {
    done = co_await context.executor().sleep_for(step.settings.duration("for"));
  } else {
    done = co_await context.run_steps(step.during);
  }
  planned.measurement->close(context.now());
  if (done) done = co_await context.catch_up(planned);
  if (done) context.finish_measurement(planned);
  co_return done;
}

}  // namespace

StepKind step_throughout() {
  StepKind kind;
  kind.name = "throughout";
  kind.summary = "A condition must hold during a time, or during other steps.";
  kind.settings = {
      required_id_setting(),
      Setting("that", condition_shape(), "the condition").must(),
      Setting("for", Shape::quantity(Dimension::kDuration, "1 ms", "365 days"), "how long, when no steps are given"),
      Setting("settle", Shape::quantity(Dimension::kDuration, "0 s", "365 days"), "left out at the begin").by_default("\"0 s\""),
      requirements_setting(),
      report_setting(),
  };
  kind.nests = StepKind::Nests::kOptionally;
  kind.makes_check = true;
  kind.example = R"({"step": "throughout", "id": "calm", "that": {"channel": "pressure.pressure", "below": "20 kPa gauge"}, "for": "1 h"})";
  kind.check = &check;
  kind.needs = &needs;
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
