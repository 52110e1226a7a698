#include "rig/scenario/steps/limit.h"

#include <array>
#include <charconv>
#include <cmath>

#include "rig/scenario/run/context.h"

namespace pumprig::scenario {
namespace {

void check_dimension(const Settings& limit, const char* name, Dimension dimension, CheckContext& context) {
  if (!limit.has(name) || limit.quantity(name).dimension == dimension) return;
  context.add(limit.at(name),
              "\"" + limit.quantity(name).text + "\" is a " + std::string(to_text(limit.quantity(name).dimension)) + " where a " +
                  std::string(to_text(dimension)) + " is wanted",
              "that is what is measured");
}

}  // namespace

Shape limit_shape() {
  return Shape::object({
      Setting("within", Shape::any_quantity(), "largest distance from \"of\": a ratio (\"14.5 %\") or in the unit of the value"),
      Setting("of", Shape::any_quantity(), "the value that is right"),
      Setting("at_least", Shape::any_quantity(), "smallest value"),
      Setting("at_most", Shape::any_quantity(), "largest value"),
  });
}

void check_limit(const Settings& limit, Dimension dimension, CheckContext& context) {
  if (limit.has("within") != limit.has("of")) {
    context.mistakes.add(limit.offset, limit.pointer, "\"within\" and \"of\" belong together", "write both");
  } else if (limit.has("within") && (limit.has("at_least") || limit.has("at_most"))) {
    context.mistakes.add(limit.offset, limit.pointer, "a limit is a band around a value, or a smallest and a largest value",
                         "keep one of the two");
  } else if (!limit.has("within") && !limit.has("at_least") && !limit.has("at_most")) {
    context.mistakes.add(limit.offset, limit.pointer, "the limit is empty", "write \"within\" and \"of\", \"at_least\" or \"at_most\"");
  }
  if (limit.has("within") && limit.quantity("within").dimension != Dimension::kRatio) check_dimension(limit, "within", dimension, context);
  if (limit.has("within") && !(limit.number("within") > 0)) context.add(limit.at("within"), "a band must be wider than nothing");
  for (const auto* name : {"of", "at_least", "at_most"}) check_dimension(limit, name, dimension, context);
  if (limit.has("at_least") && limit.has("at_most") && limit.number("at_least") > limit.number("at_most")) {
    context.add(limit.at("at_most"),
                "nothing is both at least " + limit.quantity("at_least").text + " and at most " + limit.quantity("at_most").text);
  }
}

monitor::Limit to_limit(const Settings& limit) {
  monitor::Limit out;
  if (limit.has("within")) {
    const double of = limit.number("of");
    const double within = limit.quantity("within").dimension == Dimension::kRatio && limit.quantity("of").dimension != Dimension::kRatio
                              ? limit.number("within") * std::fabs(of)
                              : limit.number("within");
    out.low = of - within;
    out.high = of + within;
  }
  if (limit.has("at_least")) out.low = limit.number("at_least");
  if (limit.has("at_most")) out.high = limit.number("at_most");
  return out;
}

std::string explain_limit(const Settings& limit) {
  if (limit.has("within")) return "within ±" + limit.quantity("within").text + " of " + limit.quantity("of").text;
  std::string out;
  if (limit.has("at_least")) out += "at least " + limit.quantity("at_least").text;
  if (limit.has("at_most")) out += (out.empty() ? "at most " : " and at most ") + limit.quantity("at_most").text;
  return out;
}

std::string written_unit(const Quantity& quantity) {
  const char* begin = quantity.text.data();
  const char* end = begin + quantity.text.size();
  if (begin != end && *begin == '+') ++begin;
  double number = 0;
  const char* after = std::from_chars(begin, end, number).ptr;
  if (after != end && *after == ' ') ++after;
  return {after, end};
}

std::string limit_unit(const Settings& limit) {
  for (const auto* name : {"of", "at_most", "at_least"}) {
    if (limit.has(name)) return written_unit(limit.quantity(name));
  }
  return {};
}

Check judge_told(const Step& step, RunContext& context, TimePoint begin, double value, double uncertainty) {
  const Settings& limit = step.settings.object("limit");
  Check check = context.begin_check(step);
  check.verdict.limit = explain_limit(limit);
  check.verdict.unit = limit_unit(limit);
  check.verdict.source = "pump telemetry";
  check.verdict.clock = ClockName::kPump;
  check.verdict.window_start = begin;
  check.verdict.window_end = context.now();
  const double unit = unit_fact(check.verdict.unit)->factor;
  monitor::Limit band = to_limit(limit);
  band = {band.low / unit, band.high / unit};
  monitor::Outcome told;
  told.value = value / unit;
  told.uncertainty = uncertainty / unit;
  context.judge(check, band, told);
  return check;
}

}  // namespace pumprig::scenario
