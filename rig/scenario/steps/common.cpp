#include "rig/scenario/steps/common.h"

#include <algorithm>

#include "rig/json/mistake.h"
#include "rig/scenario/run/context.h"

namespace pumprig::scenario {
namespace {

using clients::StatusCode;

struct CodeRange {
  StatusCode first, last;
};
constexpr CodeRange kRequest{StatusCode::kBadLength, StatusCode::kInternalFault};
constexpr CodeRange kSealing{StatusCode::kNotAuthentic, StatusCode::kByWireOnly};
constexpr CodeRange kAbout[] = {
    {StatusCode::kRateOutOfRange, StatusCode::kConcentrationNotStated},  // Reasons::kProgram
    {StatusCode::kNoProgram, StatusCode::kClockNotSet},                  // kTherapy
    {StatusCode::kBolusDisabled, StatusCode::kReservoirTooLow},          // kBolus
    {StatusCode::kVolumeAboveCapacity, StatusCode::kModelMismatch},      // kReservoir
    {StatusCode::kAlarmCauseStands, StatusCode::kSilenceTooLong},        // kAlarm
    {StatusCode::kStateOutOfRange, StatusCode::kTooManyBoluses},         // kState
    {StatusCode::kImageNotAuthentic, StatusCode::kBatteryTooLow},        // kImage
};

void add_names(const CodeRange& range, std::vector<std::string>& out) {
  for (auto code = static_cast<unsigned>(range.first); code <= static_cast<unsigned>(range.last); ++code) {
    out.emplace_back(clients::protocol::describe(static_cast<StatusCode>(code)).name);
  }
}

bool is_one_of(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace

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

std::vector<std::string> reasons(std::initializer_list<Reasons> about) {
  std::vector<std::string> out;
  for (const Reasons one : about) add_names(kAbout[static_cast<std::size_t>(one)], out);
  return out;
}

Setting role_setting(std::string help) {
  return Setting("role", Shape::choice({"patient", "clinician", "service"}), std::move(help));
}

clients::Role asking_role(const Step& step) {
  const std::string& name = step.settings.text("role");
  if (name == "patient") return clients::Role::kPatient;
  return name == "clinician" ? clients::Role::kClinician : clients::Role::kService;
}

void check_reason(const Step& step, CheckContext& context) {
  if (!step.settings.has("reason")) return;
  const std::string& reason = step.settings.text("reason");
  const auto place = step.settings.at("reason");
  if (step.settings.text("expect") != "refused") {
    context.add(place, "what is " + step.settings.text("expect") + " has no reason", "leave it out, or expect \"refused\"");
  }
  const auto& own = step.kind->reasons;
  auto may = own;
  for (const CodeRange& range : {kRequest, kSealing}) add_names(range, may);
  if (is_one_of(reason, may)) return;
  std::vector<std::string> all;
  for (const CodeRange& range : kAbout) add_names(range, all);
  const bool known = is_one_of(reason, all);
  context.add(place, known ? "a pump never refuses this because of \"" + reason + "\"" : "there is no reason \"" + reason + "\"",
              known ? "known are " + joined(own.empty() ? may : own) : json::suggest(reason, may));
}

std::string explain_expected(const Step& step, const std::string& accepted) {
  if (step.settings.text("expect") != "refused") return accepted;
  std::string out = "the pump must refuse it";
  if (step.settings.has("reason")) out += " because of \"" + step.settings.text("reason") + "\"";
  return out;
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
