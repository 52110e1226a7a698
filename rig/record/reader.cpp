#include "rig/record/reader.h"

#include <algorithm>

#include "rig/record/reader_state.h"

namespace pumprig::record {
namespace {

Status check_identity(SQLite::Database& db, const RunInfo& info, const std::string& where) {
  const int id = db.execAndGet("PRAGMA application_id").getInt();
  if (id == application_id(info.bench_kind)) return {};
  return fail(
      ErrorCode::kCorrupt,
      "the file's head and its content disagree about the kind of bench (content says " + std::string(to_text(info.bench_kind)) + ")",
      where);
}

}  // namespace

RunReader::RunReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunReader::~RunReader() = default;
RunReader::RunReader(RunReader&&) noexcept = default;
RunReader& RunReader::operator=(RunReader&&) noexcept = default;

std::map<std::string, std::string> RunReader::State::rows() const {
  std::map<std::string, std::string> out;
  SQLite::Statement select(db, "SELECT key, value FROM run");
  while (select.executeStep()) out.emplace(select.getColumn(0).getString(), select.getColumn(1).getString());
  return out;
}

std::map<std::string, std::string> with_prefix(const std::map<std::string, std::string>& rows, std::string_view prefix) {
  std::map<std::string, std::string> out;
  for (const auto& row : rows) {
    if (row.first.starts_with(prefix)) out.insert(row);
  }
  return out;
}

std::map<std::string, std::string> opening_rows(const std::map<std::string, std::string>& rows) {
  std::map<std::string, std::string> out;
  for (const auto& row : rows) {
    const bool later = row.first.starts_with("finish.") || row.first.starts_with("writer.") || row.first.starts_with("chain.");
    if (!later) out.insert(row);
  }
  return out;
}

Result<RunReader> RunReader::open(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return fail(ErrorCode::kNotFound, "there is no such run", path.string());
  return guarded(path.string(), [&]() -> Result<RunReader> {
    auto state = std::make_unique<State>(path, path.string(), SQLite::OPEN_READONLY);
    int version = 0;
    try {
      version = state->db.execAndGet("PRAGMA user_version").getInt();
    } catch (const SQLite::Exception&) {
      if (std::filesystem::exists(path.string() + "-wal", ignored)) throw;
      // A folder that can not be written: SQLite may not make the files beside it that it would share with a writer.
      const auto name = "file:" + std::filesystem::absolute(path).string() + "?immutable=1";
      state = std::make_unique<State>(path, name, SQLite::OPEN_READONLY | SQLite::OPEN_URI);
      version = state->db.execAndGet("PRAGMA user_version").getInt();
    }
    if (version < 1) return fail(ErrorCode::kCorrupt, "this is not the file of a run", path.string());
    if (version > kSchemaVersion) {
      return fail(ErrorCode::kUnsupported,
                  "the run was written by a newer pumprig (layout " + std::to_string(version) + "; this one knows " +
                      std::to_string(kSchemaVersion) + ")",
                  path.string());
    }
    state->version = version;
    auto info = info_from_rows(state->rows());
    if (!info) return fail(info.error(), "the run's metadata is damaged", path.string());
    TRY(check_identity(state->db, *info, path.string()));
    state->info = std::move(*info);
    return RunReader(std::move(state));
  });
}

const std::filesystem::path& RunReader::path() const {
  return state_->path;
}
const RunInfo& RunReader::info() const {
  return state_->info;
}
int RunReader::schema_version() const {
  return state_->version;
}

Result<std::map<std::string, std::string>> RunReader::rows() const {
  return guarded(state_->where, [&]() -> Result<std::map<std::string, std::string>> { return state_->rows(); });
}

Result<FinishState> RunReader::state() const {
  TRY_ASSIGN(const auto all, rows());
  const auto stated = all.find("finish.state");
  if (stated == all.end()) return writer_alive(all) ? FinishState::kRunning : FinishState::kInterrupted;
  for (const auto state : {FinishState::kFinished, FinishState::kAborted}) {
    if (to_text(state) == stated->second) return state;
  }
  return fail(ErrorCode::kCorrupt, "the run ended in an unknown way: \"" + stated->second + "\"", state_->where);
}

Result<std::optional<Finish>> RunReader::finish() const {
  TRY_ASSIGN(auto all, rows());
  if (!all.contains("finish.state")) return std::nullopt;
  Finish out;
  TRY_ASSIGN(out.state, state());
  out.reason = all["finish.reason"];
  TRY_ASSIGN(out.ended_utc_ns, integer_from_text(all["finish.ended_utc_ns"]));
  TRY_ASSIGN(const auto end, integer_from_text(all["finish.end_ns"]));
  out.end = at_ns(end);
  return out;
}

Result<std::string> RunReader::digest() const {
  TRY_ASSIGN(const auto all, rows());
  const auto it = all.find("finish.digest");
  return it == all.end() ? std::string() : it->second;
}

Result<std::optional<Verdict>> RunReader::verdict() const {
  TRY_ASSIGN(const auto judged, verdicts());
  TRY_ASSIGN(const auto now, state());
  std::optional<Verdict> worst;
  const auto take = [&](Verdict v) { worst = worst ? worse(*worst, v) : v; };
  for (const auto& v : judged) take(v.verdict);
  if (now == FinishState::kAborted) take(Verdict::kAborted);
  if (now == FinishState::kInterrupted) take(Verdict::kError);
  return worst;
}

Result<std::vector<CheckResult>> RunReader::checks() const {
  TRY_ASSIGN(const auto planned, plan());
  TRY_ASSIGN(const auto judged, verdicts());
  TRY_ASSIGN(const auto skipped, not_run());
  TRY_ASSIGN(const auto now, state());
  std::vector<CheckResult> out;
  const auto place = [&](const std::string& check, const std::vector<std::string>& requirements) -> CheckResult& {
    const auto it = std::find_if(out.begin(), out.end(), [&](const CheckResult& c) { return c.check == check; });
    if (it != out.end()) return *it;
    return out.emplace_back(CheckResult{check, requirements, std::nullopt, {}});
  };
  for (const auto& item : planned) {
    if (item.kind == PlanItem::Kind::kCheck) place(item.id, item.requirements);
  }
  for (const auto& v : judged) {
    auto& result = place(v.check, v.requirements);
    if (!result.verdict || worse(result.verdict->verdict, v.verdict) == v.verdict) result.verdict = v;
  }
  for (const auto& n : skipped) place(n.check, n.requirements).not_run_reason = n.reason;
  for (auto& c : out) {
    if (c.verdict || !c.not_run_reason.empty()) continue;
    c.not_run_reason = now == FinishState::kRunning ? "not judged yet" : "the run ended before it (" + std::string(to_text(now)) + ")";
  }
  return out;
}

int exit_code(const std::optional<Verdict>& verdict, const std::vector<CheckResult>& checks) {
  if (verdict && worse(*verdict, Verdict::kAborted) == *verdict) return 2;
  if (verdict == Verdict::kFail) return 1;
  const bool all_judged = std::all_of(checks.begin(), checks.end(), [](const CheckResult& c) { return c.verdict.has_value(); });
  return verdict == Verdict::kPass && all_judged ? 0 : 3;
}

}  // namespace pumprig::record
