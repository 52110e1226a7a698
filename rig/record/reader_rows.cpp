#include "rig/record/reader_state.h"

namespace pumprig::record {
namespace {

constexpr ErrorCode kAllCodes[] = {ErrorCode::kInvalidArgument, ErrorCode::kNotFound, ErrorCode::kUnavailable, ErrorCode::kTimeout,
                                   ErrorCode::kCorrupt,         ErrorCode::kProtocol, ErrorCode::kRefused,     ErrorCode::kUnsupported,
                                   ErrorCode::kCancelled,       ErrorCode::kInternal};

std::optional<ErrorCode> code_from_text(std::string_view text) {
  for (const auto code : kAllCodes) {
    if (to_text(code) == text) return code;
  }
  return std::nullopt;
}

}  // namespace

ChannelInfo channel_of(SQLite::Statement& row) {
  ChannelInfo info;
  info.name = row.getColumn(1).getString();
  info.unit = row.getColumn(2).getString();
  info.instrument = row.getColumn(3).getString();
  info.source = row.getColumn(4).getString();
  info.kind = sample_kind_from_text(row.getColumn(5).getString()).value_or(SampleKind::kPoint);
  info.clock = clock_name_from_text(row.getColumn(6).getString()).value_or(ClockName::kRig);
  info.evidence = row.getColumn(7).getInt() != 0;
  info.uncertainty = {row.getColumn(8).getDouble(), row.getColumn(9).getDouble()};
  info.resolution = row.getColumn(10).getDouble();
  if (row.getColumnCount() > 13) info.uncertainty.per_minute = row.getColumn(11).getDouble();  // since layout 2
  return info;
}

Event event_of(SQLite::Statement& row) {
  return {at_ns(row.getColumn(1).getInt64()), row.getColumn(2).getString(), row.getColumn(3).getString(),
          row.getColumn(4).getString(),       row.getColumn(5).getString(), row.getColumn(6).getInt() != 0};
}

Result<CheckVerdict> verdict_of(SQLite::Statement& row, const std::string& where) {
  CheckVerdict v;
  v.check = row.getColumn(1).getString();
  v.requirements = split_ids(row.getColumn(2).getString());
  const auto verdict = verdict_from_text(row.getColumn(3).getString());
  if (!verdict)
    return fail(ErrorCode::kCorrupt, "check " + v.check + " has the unknown verdict \"" + row.getColumn(3).getString() + "\"", where);
  v.verdict = *verdict;
  v.limit = row.getColumn(4).getString();
  v.limit_lo = optional_of(row.getColumn(5));
  v.limit_hi = optional_of(row.getColumn(6));
  v.value = optional_of(row.getColumn(7));
  v.unit = row.getColumn(8).getString();
  v.margin = optional_of(row.getColumn(9));
  v.uncertainty = optional_of(row.getColumn(10));
  v.window_start = at_ns(row.getColumn(11).getInt64());
  v.window_end = at_ns(row.getColumn(12).getInt64());
  v.source = row.getColumn(13).getString();
  v.clock = clock_name_from_text(row.getColumn(14).getString()).value_or(ClockName::kRig);
  v.explanation = row.getColumn(15).getString();
  v.error = code_from_text(row.getColumn(16).getString());
  return v;
}

PlanItem plan_item_of(SQLite::Statement& row) {
  const auto kind = row.getColumn(1).getString() == to_text(PlanItem::Kind::kCheck) ? PlanItem::Kind::kCheck : PlanItem::Kind::kStep;
  return {kind, row.getColumn(2).getString(), row.getColumn(3).getString(), split_ids(row.getColumn(4).getString())};
}

NotRun not_run_of(SQLite::Statement& row) {
  return {row.getColumn(1).getString(), split_ids(row.getColumn(2).getString()), row.getColumn(3).getString()};
}

Result<std::vector<StoredEvent>> RunReader::events(std::int64_t after_seq, std::size_t at_most) const {
  return guarded(state_->where, [&]() -> Result<std::vector<StoredEvent>> {
    std::vector<StoredEvent> out;
    SQLite::Statement select(state_->db, "SELECT * FROM event WHERE seq > ? ORDER BY seq");
    select.bind(1, after_seq);
    while (out.size() < at_most && select.executeStep()) out.push_back({select.getColumn(0).getInt64(), event_of(select)});
    return out;
  });
}

Result<std::vector<CheckVerdict>> RunReader::verdicts() const {
  return guarded(state_->where, [&]() -> Result<std::vector<CheckVerdict>> {
    std::vector<CheckVerdict> out;
    SQLite::Statement select(state_->db, "SELECT * FROM verdict ORDER BY seq");
    while (select.executeStep()) {
      TRY_ASSIGN(auto verdict, verdict_of(select, state_->where));
      out.push_back(std::move(verdict));
    }
    return out;
  });
}

Result<std::vector<PlanItem>> RunReader::plan() const {
  return guarded(state_->where, [&]() -> Result<std::vector<PlanItem>> {
    std::vector<PlanItem> out;
    SQLite::Statement select(state_->db, "SELECT * FROM plan ORDER BY seq");
    while (select.executeStep()) out.push_back(plan_item_of(select));
    return out;
  });
}

Result<std::vector<NotRun>> RunReader::not_run() const {
  return guarded(state_->where, [&]() -> Result<std::vector<NotRun>> {
    std::vector<NotRun> out;
    SQLite::Statement select(state_->db, "SELECT * FROM not_run ORDER BY seq");
    while (select.executeStep()) out.push_back(not_run_of(select));
    return out;
  });
}

}  // namespace pumprig::record
