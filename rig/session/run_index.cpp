#include "rig/session/run_index.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "rig/record/reader.h"
#include "rig/session/last_words.h"
#include "rig/session/utc.h"

namespace pumprig::session {

CheckRow check_row(const record::CheckVerdict& verdict) {
  CheckRow row;
  row.id = verdict.check;
  row.requirements = verdict.requirements;
  row.verdict = verdict.verdict;
  row.limit = verdict.limit;
  row.limit_lo = verdict.limit_lo;
  row.limit_hi = verdict.limit_hi;
  row.value = verdict.value;
  row.unit = verdict.unit;
  row.margin = verdict.margin;
  row.uncertainty = verdict.uncertainty;
  row.from = verdict.window_start;
  row.to = verdict.window_end;
  row.channel = verdict.source;
  row.clock = to_text(verdict.clock);
  row.reason = verdict.explanation;
  if (verdict.error) row.error = to_text(*verdict.error);
  return row;
}

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string id_of(const fs::path& file) {
  return file.stem().string();
}

CheckRow row_of(const record::CheckResult& check) {
  if (check.verdict) return check_row(*check.verdict);
  CheckRow row;
  row.id = check.check;
  row.requirements = check.requirements;
  row.reason = check.not_run_reason;
  return row;
}

std::string member_text(const Json& json, const char* name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void fill_from_info(const record::RunInfo& info, RunReport& report) {
  report.scenario = info.scenario;
  report.file = info.scenario;
  report.title = member_text(Json::parse(info.scenario_json, nullptr, false), "title");
  report.bench = info.bench;
  report.bench_kind = to_text(info.bench_kind);
  report.firmware_sha256 = info.firmware_hash;
  if (const auto version = info.versions.find("rig"); version != info.versions.end()) report.rig_version = version->second;
  report.operator_name = info.operator_name;
  report.seed = info.seed;
  report.speed = info.speed;
  report.repeat = info.command;
  if (info.started_utc_ns != 0) report.started_utc = utc_text(info.started_utc_ns);
  report.key_values.assign(info.labels.begin(), info.labels.end());
  const auto parameters = Json::parse(info.parameters_json, nullptr, false);
  if (!parameters.is_object()) return;
  for (const auto& [name, value] : parameters.items())
    report.parameters.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
}

// The last estimate that the run told. A record may have been damaged since: what cannot be read is not there.
std::optional<PumpClock> pump_clock_of(const std::vector<record::StoredEvent>& events) {
  const auto last =
      std::find_if(events.rbegin(), events.rend(), [](const record::StoredEvent& stored) { return stored.event.kind == "pump_clock"; });
  if (last == events.rend()) return std::nullopt;
  const auto json = Json::parse(last->event.json, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto whole = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  };
  const auto number = [&](const char* name) -> std::optional<double> {
    const auto found = json.find(name);
    return found != json.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
  };
  PumpClock clock;
  clock.at = at_ns(whole("at_ns"));
  clock.offset_ns = whole("offset_ns");
  clock.offset_uncertainty_ns = whole("offset_uncertainty_ns");
  clock.drift_ppm = number("drift_ppm");
  clock.drift_uncertainty_ppm = number("drift_uncertainty_ppm");
  clock.exchanges = static_cast<std::uint64_t>(whole("exchanges"));
  clock.span = Duration(whole("span_ns"));
  clock.jumps = static_cast<std::uint64_t>(whole("jumps"));
  clock.drifts = static_cast<std::uint64_t>(whole("drifts"));
  clock.text = last->event.text;
  return clock;
}

RunState state_of(record::FinishState state) {
  switch (state) {
    case record::FinishState::kRunning:
      return RunState::kRunning;
    case record::FinishState::kFinished:
    case record::FinishState::kAborted:
      return RunState::kFinished;
    case record::FinishState::kInterrupted:
      return RunState::kUnfinished;
  }
  return RunState::kUnfinished;
}

// A run of which no check was judged because the bench lacks something is "not run", with each reason once.
void note_not_run(RunReport& report) {
  if (report.state != RunState::kFinished || report.verdict || report.checks.empty()) return;
  std::set<std::string> reasons;
  for (const auto& check : report.checks) {
    if (!check.reason.empty()) reasons.insert(check.reason);
  }
  if (reasons.empty()) return;
  report.state = RunState::kNotRun;
  for (const auto& reason : reasons) report.reason += (report.reason.empty() ? "" : "; ") + reason;
}

void fill_from_finish(const record::RunInfo& info, const record::Finish& finish, RunReport& report) {
  report.reason = finish.reason;
  report.scenario_time = finish.end.time_since_epoch();
  if (info.started_utc_ns == 0 || finish.ended_utc_ns <= info.started_utc_ns) return;
  report.wall_time = Duration{finish.ended_utc_ns - info.started_utc_ns};
  report.speed_reached = to_seconds(report.scenario_time) / to_seconds(report.wall_time);
}

// Why nobody finished it, as far as somebody said so after the fact.
void add_last_words(const fs::path& file, const std::vector<record::StoredEvent>& events, RunReport& report) {
  if (report.state != RunState::kUnfinished && report.state != RunState::kRunning) return;
  std::vector<std::string> words;
  for (const auto& stored : events) {
    if (stored.event.source == "guard" || stored.event.kind == kRecordGivenUp) words.push_back(stored.event.text);
  }
  const auto notes = notes_on(file);
  words.insert(words.end(), notes.begin(), notes.end());
  if (words.empty()) return;
  report.state = RunState::kUnfinished;  // its process may live, as a daemon does, but writes it no more
  report.verdict = Verdict::kError;
  for (const auto& text : words) report.reason += (report.reason.empty() ? "" : "; ") + text;
}

}  // namespace

Result<RunReport> load_report(const fs::path& file) {
  TRY_ASSIGN(const auto run, record::RunReader::open(file));
  RunReport report;
  report.id = id_of(file);
  std::error_code ignored;
  report.path = fs::absolute(file, ignored).lexically_normal().string();
  fill_from_info(run.info(), report);
  TRY_ASSIGN(const auto state, run.state());
  report.state = state_of(state);
  if (state != record::FinishState::kRunning) {
    TRY_ASSIGN(report.verdict, run.verdict());
  }
  TRY_ASSIGN(report.digest, run.digest());
  TRY_ASSIGN(const auto finish, run.finish());
  if (finish) fill_from_finish(run.info(), *finish, report);
  TRY_ASSIGN(const auto checks, run.checks());
  std::set<std::string> requirements;
  for (const auto& check : checks) {
    report.checks.push_back(row_of(check));
    requirements.insert(check.requirements.begin(), check.requirements.end());
  }
  report.requirements.assign(requirements.begin(), requirements.end());
  TRY_ASSIGN(const auto events, run.events());
  for (const auto& stored : events) {
    if (stored.event.kind == "information") report.information.push_back(stored.event.text);
  }
  report.pump_clock = pump_clock_of(events);
  note_not_run(report);
  add_last_words(file, events, report);
  return report;
}

namespace {

void collect(const fs::path& folder, int depth, std::vector<fs::path>& files) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().extension() == kRunSuffix && entry->is_regular_file(ignored)) {
      files.push_back(entry->path());
    } else if (depth > 0 && entry->is_directory(ignored) && !entry->is_symlink(ignored)) {
      collect(entry->path(), depth - 1, files);
    }
  }
}

// By id, which begins with the time.
std::vector<fs::path> run_files(const fs::path& folder) {
  std::vector<fs::path> files;
  collect(folder, 1, files);
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return std::pair(id_of(a), a) < std::pair(id_of(b), b); });
  return files;
}

}  // namespace

std::vector<RunReport> list_runs(const fs::path& folder) {
  std::vector<RunReport> runs;
  for (const auto& file : run_files(folder)) {
    if (auto report = load_report(file)) {
      runs.push_back(std::move(*report));
      continue;
    } else {
      RunReport broken;
      broken.id = id_of(file);
      broken.path = file.string();
      broken.state = RunState::kUnfinished;
      broken.reason = report.error().describe();
      runs.push_back(std::move(broken));
    }
  }
  return runs;
}

Result<fs::path> find_run(std::string_view name, const fs::path& folder) {
  std::error_code ignored;
  const fs::path as_path(name);
  if (fs::is_regular_file(as_path, ignored)) return as_path;
  const auto files = run_files(folder);
  if (name == "last" && !files.empty()) return files.back();
  std::vector<fs::path> found;
  for (const auto& file : files) {
    if (id_of(file) == name) return file;
    if (!name.empty() && id_of(file).starts_with(name)) found.push_back(file);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return fail(ErrorCode::kNotFound, "there is no run \"" + std::string(name) + "\" in " + folder.string() + ", which has " +
                                          std::to_string(files.size()) + "; `rig runs` lists them");
  }
  std::string names;
  for (const auto& file : found) names += (names.empty() ? "" : ", ") + id_of(file);
  return fail(ErrorCode::kInvalidArgument, "\"" + std::string(name) + "\" begins several runs: " + names);
}

}  // namespace pumprig::session
