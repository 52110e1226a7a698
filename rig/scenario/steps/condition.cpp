#include "rig/scenario/steps/condition.h"

#include <array>

#include "rig/scenario/steps/channels.h"
#include "rig/scenario/steps/limit.h"

namespace pumprig::scenario {
namespace {

constexpr std::array kBounds = {"above", "at_least", "below", "at_most"};

std::string bound_text(const char* bound) {
  std::string text = bound;
  if (const auto at = text.find('_'); at != std::string::npos) text[at] = ' ';
  return text;
}

void check_channel_condition(const Settings& condition, CheckContext& context) {
  const auto* fact = check_evidence(condition.at("channel"), context);
  int bounds = 0;
  for (const auto* bound : kBounds) {
    if (!condition.has(bound)) continue;
    ++bounds;
    check_unit(condition.at(bound), fact, context);
  }
  if (bounds == 0) {
    context.mistakes.add(condition.offset, condition.pointer, "the condition says nothing of the value",
                         "add \"above\", \"at_least\", \"below\" or \"at_most\"");
  }
  if (condition.has("is")) context.add(condition.at("is"), "\"is\" belongs to \"pump\"", "give a bound of the value instead");
}

void check_pump_condition(const Settings& condition, CheckContext& context) {
  for (const auto* bound : kBounds) {
    if (condition.has(bound)) context.add(condition.at(bound), "\"" + std::string(bound) + "\" belongs to \"channel\"", "use \"is\"");
  }
  if (condition.text("pump") != "no_alarm" && !condition.has("is")) {
    context.mistakes.add(condition.offset, condition.pointer, "\"is\" is missing",
                         "say which " + std::string(condition.text("pump") == "reset_cause" ? "cause" : condition.text("pump")));
  }
}

}  // namespace

Shape condition_shape() {
  return Shape::object({
      Setting("channel", Shape::name(), "a channel of an instrument"),
      Setting("above", Shape::any_quantity(), "the value is larger"),
      Setting("at_least", Shape::any_quantity(), "the value is this or larger"),
      Setting("below", Shape::any_quantity(), "the value is smaller"),
      Setting("at_most", Shape::any_quantity(), "the value is this or smaller"),
      Setting("pump", Shape::choice({"state", "alarm", "no_alarm", "reset_cause"}),
              "what the pump says of itself: its state, an alarm in its list, that one is not in it, or why it was last reset"),
      Setting("is", Shape::text(), "the state, the alarm, or the cause"),
  });
}

void check_condition(const Settings& condition, CheckContext& context) {
  if (condition.has("channel") == condition.has("pump")) {
    context.mistakes.add(condition.offset, condition.pointer, "a condition is about a channel or about the pump's own word",
                         "write either \"channel\" or \"pump\"");
  } else if (condition.has("channel")) {
    check_channel_condition(condition, context);
  } else {
    check_pump_condition(condition, context);
  }
}

void need_condition(const Settings& condition, const BenchFacts& bench, std::vector<std::string>& missing) {
  if (!condition.has("channel")) return;
  need_channel(condition.text("channel"), bench, missing);
  for (const auto* bound : kBounds) {
    if (condition.has(bound)) need_range(condition.text("channel"), condition.number(bound), bench, missing);
  }
}

std::string explain_condition(const Settings& condition) {
  if (condition.has("pump")) {
    const std::string what = condition.has("is") ? "\"" + condition.text("is") + "\"" : "any";
    if (condition.text("pump") == "reset_cause") return "the pump says that it was last reset by " + what;
    if (condition.text("pump") == "state") return "the pump says that it is " + what;
    return condition.text("pump") == "alarm" ? "the pump lists the alarm " + what : "the pump does not list the alarm " + what;
  }
  std::string out = condition.text("channel");
  const char* joint = " is ";
  for (const auto* bound : kBounds) {
    if (!condition.has(bound)) continue;
    out += joint + bound_text(bound) + " " + condition.quantity(bound).text;
    joint = " and ";
  }
  return out;
}

std::string condition_unit(const Settings& condition) {
  for (const auto* bound : kBounds) {
    if (condition.has(bound)) return written_unit(condition.quantity(bound));
  }
  return {};
}

}  // namespace pumprig::scenario
