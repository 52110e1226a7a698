#include "rig/scenario/steps/common.h"

#include <algorithm>

#include "rig/scenario/run/context.h"

namespace pumprig::scenario {

std::string check_id(const Step& step) {
  if (step.settings.has("id")) return step.settings.text("id");
  std::string path;
  for (std::size_t at = 0; at < step.pointer.size();) {
    const auto end = std::min(step.pointer.find('/', at + 1), step.pointer.size());
    const std::string token = step.pointer.substr(at + 1, end - at - 1);
    if (!token.empty() && token.front() >= '0' && token.front() <= '9') path += (path.empty() ? "" : ".") + token;
    at = end;
  }
  return step.kind->name + "-" + path;
}

Setting expect_setting(std::string accepted, bool must) {
  const std::string fallback = "\"" + accepted + "\"";
  Setting setting("expect", Shape::choice({std::move(accepted), "refused"}), "what the pump must answer");
  return must ? std::move(setting).must() : std::move(setting).by_default(fallback);
}

Setting reason_setting() {
  return {"reason", Shape::name(), "why it must refuse"};
}

void check_reason(const Step& step, CheckContext& context) {
  if (!step.settings.has("reason") || step.settings.text("expect") == "refused") return;
  context.add(step.settings.at("reason"), "what is " + step.settings.text("expect") + " has no reason",
              "leave it out, or expect \"refused\"");
}

void judge_answer(const Step& step, RunContext& context, clients::StatusCode status, TimePoint begin, const std::string& found) {
  const bool refused = status != clients::StatusCode::kOk;
  const std::string reason = clients::protocol::describe(status).name;
  std::string wanted = step.settings.text("expect");
  const auto& settings = step.kind->settings;
  const auto expect = std::find_if(settings.begin(), settings.end(), [](const Setting& setting) { return setting.name == "expect"; });
  const std::string& accepted = expect->shape.choices.front();  // "granted" of a bolus, "done" of most
  bool good = refused == (wanted == "refused");
  if (step.settings.has("reason")) {
    good = good && reason == step.settings.text("reason");
    wanted += ": " + step.settings.text("reason");
  }
  if (good && !refused && !step.settings.has("id") && !step.kind->makes_check) return;
  const std::string answer = refused ? "refused: " + reason : found.empty() ? accepted : accepted + ", " + found;
  context.add_answer_check(step, std::move(wanted), answer, good, begin);
}

}  // namespace pumprig::scenario
