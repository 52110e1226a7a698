#include <algorithm>

#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/limit.h"

namespace pumprig::scenario {
namespace {

namespace protocol = clients::protocol;
using clients::LogCode;
using clients::LogEntry;

std::vector<std::string> entry_names() {
  std::vector<std::string> out;
  for (const auto& code : protocol::log_codes()) out.emplace_back(code.name);
  return out;
}

// What the first argument of an entry names; empty where it is a number.
std::string_view subject_of(const LogEntry& entry) {
  switch (entry.code) {
    case LogCode::kBoot:
      return protocol::describe(static_cast<protocol::ResetCause>(entry.argument_1)).name;
    case LogCode::kAlarmRaised:
    case LogCode::kAlarmCleared:
      return protocol::describe(static_cast<clients::Alarm>(entry.argument_1)).name;
    case LogCode::kSelfTestFailed:
      return protocol::describe(static_cast<protocol::SelfTestPart>(entry.argument_1)).name;
    case LogCode::kProgramRefused:
    case LogCode::kBolusRefused:
      return protocol::describe(static_cast<clients::StatusCode>(entry.argument_1)).name;
    case LogCode::kTherapyStopped:
    case LogCode::kAlarmTested:
      return protocol::describe(static_cast<clients::Role>(entry.argument_1)).name;
    default:
      return {};
  }
}

bool has_subject(const std::string& name) {
  for (const auto code : {LogCode::kBoot, LogCode::kSelfTestFailed, LogCode::kAlarmRaised, LogCode::kAlarmCleared, LogCode::kProgramRefused,
                          LogCode::kBolusRefused, LogCode::kTherapyStopped, LogCode::kAlarmTested}) {
    if (name == protocol::describe(code).name) return true;
  }
  return false;
}

void check(const Step& step, CheckContext& context) {
  const Settings& settings = step.settings;
  if (settings.has("about") && !has_subject(settings.text("entry"))) {
    context.add(settings.at("about"), "an entry \"" + settings.text("entry") + "\" is about nothing that has a name",
                "judge its number with \"argument\" and \"limit\"");
  }
  if (settings.has("since") && context.labels.find(settings.text("since")) == context.labels.end()) {
    context.add(settings.at("since"), "no step before this one is called \"" + settings.text("since") + "\"",
                suggest(settings.text("since"), {context.labels.begin(), context.labels.end()}) + " (a step gets its name by \"as\")");
  }
  if (settings.has("like") != settings.has("within")) {
    context.add(settings.at(settings.has("like") ? "like" : "within"), "\"like\" and \"within\" belong together", "write both");
  } else if (settings.has("like") && (settings.has("limit") || !settings.has("argument"))) {
    context.add(settings.at("like"), "an argument is held against another check, or what is counted against a limit",
                "write \"argument\" beside \"like\", and no \"limit\"");
  }
  if (settings.has("limit")) check_limit(settings.object("limit"), Dimension::kCount, context);
}

std::string limit_text(const Settings& settings) {
  if (settings.has("like")) return "within ±" + settings.quantity("within").text + " of \"" + settings.text("like") + "\"";
  return settings.has("limit") ? explain_limit(settings.object("limit")) : "at least 1";
}

std::string explain(const Step& step) {
  const Settings& settings = step.settings;
  std::string out = "read the event log; ";
  out += settings.has("argument") ? "argument " + settings.quantity("argument").text + " of the last entry" : "the number of entries";
  out += " \"" + settings.text("entry") + "\"";
  if (settings.has("about")) out += " about " + settings.text("about");
  if (settings.has("since")) out += " since \"" + settings.text("since") + "\"";
  return out + " must be " + limit_text(settings);
}

// Entries of the kind that were stamped after the step "since" began, or in this run.
std::vector<LogEntry> matching(const Settings& settings, const std::vector<LogEntry>& entries, RunContext& context) {
  const double from_s = settings.has("since") ? to_seconds(context.begun(settings.text("since")) - kRunStart) : 0;
  const auto& clock = context.bench().pump().clock();
  std::vector<LogEntry> out;
  for (const LogEntry& entry : entries) {
    if (protocol::describe(entry.code).name != settings.text("entry")) continue;
    if (settings.has("about") && subject_of(entry) != settings.text("about")) continue;
    const auto at = clock.rig_seconds(entry.rtc_ticks);
    if (at && at->value + at->bound >= from_s) out.push_back(entry);
  }
  return out;
}

// What the value must be, and how unsure that is.
Result<std::pair<monitor::Limit, double>> wanted(const Settings& settings, RunContext& context) {
  monitor::Limit limit;
  if (!settings.has("like")) {
    limit.low = 1;
    if (settings.has("limit")) limit = to_limit(settings.object("limit"));
    return std::pair{limit, 0.0};
  }
  for (const Check& other : context.checks()) {
    if (other.verdict.check != settings.text("like") || !other.verdict.value) continue;
    limit.low = *other.verdict.value - settings.number("within");
    limit.high = *other.verdict.value + settings.number("within");
    return std::pair{limit, other.verdict.uncertainty.value_or(0)};
  }
  return fail(ErrorCode::kInvalidArgument, "no check \"" + settings.text("like") + "\" has found a value before");
}

Task<void> run(const Step& step, RunContext& context) {
  const Settings& settings = step.settings;
  const TimePoint begin = context.now();
  CO_TRY_ASSIGN(const auto limit, wanted(settings, context));
  CO_TRY(co_await context.programmer().status());  // the stamps are told by the clock as it stands now
  const auto log = co_await context.programmer().read_log();
  const bool gap = !log && log.error().code == ErrorCode::kProtocol;
  if (!log && !gap) co_return fail(log.error(), "the event log could not be read");
  Check check = context.begin_check(step);
  check.verdict.limit = limit_text(settings);
  check.verdict.unit = "1";
  check.verdict.source = "pump telemetry";
  check.verdict.window_start = begin;
  check.verdict.window_end = context.now();
  const auto found = gap ? std::vector<LogEntry>{} : matching(settings, log->entries, context);
  if (gap || (found.empty() && settings.has("argument"))) {
    check.verdict.verdict = Verdict::kFail;
    check.verdict.explanation = gap ? log.error().text : "there is no such entry";
  } else {
    monitor::Outcome outcome;
    outcome.value = static_cast<double>(found.size());
    if (settings.has("argument")) outcome.value = settings.number("argument") == 1 ? found.back().argument_1 : found.back().argument_2;
    outcome.uncertainty = limit.second;
    context.judge(check, limit.first, outcome);
    check.verdict.explanation = (found.empty() ? "none" : clients::to_text(found.back())) + std::string(" of ") +
                                std::to_string(log->entries.size()) + " entries, whose numbers have no gap" +
                                (log->chained ? " and whose chain of checksums is whole" : "");
  }
  context.add_check(std::move(check));
  co_return Status{};
}

}  // namespace

StepKind step_read_log() {
  StepKind kind;
  kind.name = "read_log";
  kind.summary =
      "Reads the event log out of the pump, and judges what of one kind stands in it; its numbers must have no gap, and its chain of "
      "checksums must be whole.";
  kind.settings = {
      required_id_setting(),
      Setting("entry", Shape::choice(entry_names()), "the kind of entry").must(),
      Setting("about", Shape::text(), "the alarm, role, status, cause or part of a self test that its first argument names"),
      Setting("since", Shape::name(),
              "the name (\"as\") of a step: entries before its begin do not count; without it, those of this run do"),
      Setting("argument", Shape::count("1", "2"), "judges this argument of the last such entry; without it, how many there are"),
      Setting("limit", limit_shape(), "what it must be; without it and \"like\", there must be at least one entry"),
      Setting("like", Shape::name(), "the argument must be the value of this check, which stands before"),
      Setting("within", Shape::count("0", "1000000"), "how far from that it may be"),
      requirements_setting(),
      report_setting(),
  };
  kind.makes_check = true;
  kind.example = R"({"step": "read_log", "id": "logged", "entry": "therapy_started"})";
  kind.check = &check;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
