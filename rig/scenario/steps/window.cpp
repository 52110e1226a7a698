#include "rig/scenario/steps/window.h"

namespace pumprig::scenario {

Shape window_shape() {
  return Shape::object({
      Setting("over", Shape::name(), "the name (\"as\") of a step: from its begin to its end"),
      Setting("since", Shape::name(), "the name (\"as\") of a step: from its begin until this measurement"),
      Setting("settle", Shape::quantity(Dimension::kDuration, "0 s", "30 days"), "left out at the begin, while things come to rest").must(),
      Setting("for", Shape::quantity(Dimension::kDuration, "1 ms", "365 days"), "length after that; without it until the end"),
  });
}

void check_window(const Settings& window, CheckContext& context) {
  if (window.has("over") == window.has("since")) {
    context.mistakes.add(window.offset, window.pointer, "a window is the time over a step, or the time since its begin",
                         "write either \"over\" or \"since\"");
    return;
  }
  const Value& label = window.at(window.has("over") ? "over" : "since");
  if (context.labels.find(label.text()) == context.labels.end()) {
    context.add(label, "no step before this one is called \"" + label.text() + "\"",
                suggest(label.text(), {context.labels.begin(), context.labels.end()}) + " (a step gets its name by \"as\")");
  }
}

std::string explain_window(const Settings& window) {
  std::string out = window.has("over") ? "over \"" + window.text("over") + "\"" : "since \"" + window.text("since") + "\"";
  if (window.number("settle") > 0) out += " after " + window.quantity("settle").text;
  if (window.has("for")) out += " for " + window.quantity("for").text;
  return out;
}

}  // namespace pumprig::scenario
