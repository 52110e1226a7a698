#include "rig/record/schema.h"

#include <charconv>

#include "rig/base/sha256.h"

namespace pumprig::record {

// chunk and link_chunk have a rowid as key: a table without one, keyed by channel and time, is slower to fill.
const char* const kSchemaSql = R"sql(
CREATE TABLE run(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE channel(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, unit TEXT NOT NULL, instrument TEXT NOT NULL, source TEXT NOT NULL,
  kind TEXT NOT NULL, clock TEXT NOT NULL, evidence INTEGER NOT NULL, uncertainty_absolute REAL NOT NULL, uncertainty_relative REAL NOT NULL,
  resolution REAL NOT NULL, uncertainty_per_minute REAL NOT NULL, seq INTEGER NOT NULL UNIQUE, chain BLOB NOT NULL);
CREATE TABLE chunk(seq INTEGER PRIMARY KEY, channel INTEGER NOT NULL REFERENCES channel(id), t0_ns INTEGER NOT NULL, t1_ns INTEGER NOT NULL,
  n INTEGER NOT NULL, valid INTEGER NOT NULL, min REAL, max REAL, storage INTEGER NOT NULL, data BLOB NOT NULL, chain BLOB NOT NULL);
CREATE INDEX chunk_by_time ON chunk(channel, t0_ns);
CREATE TABLE tail(channel INTEGER NOT NULL, n INTEGER NOT NULL, t_ns INTEGER NOT NULL, value REAL, flags INTEGER NOT NULL,
  window_ns INTEGER NOT NULL, requested_ns INTEGER NOT NULL, replied_ns INTEGER NOT NULL, PRIMARY KEY(channel, n)) WITHOUT ROWID;
CREATE TABLE event(seq INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
  json TEXT NOT NULL, provenance INTEGER NOT NULL, chain BLOB NOT NULL);
CREATE TABLE verdict(seq INTEGER PRIMARY KEY, check_id TEXT NOT NULL, requirements TEXT NOT NULL, verdict TEXT NOT NULL,
  limit_text TEXT NOT NULL, limit_lo REAL, limit_hi REAL, value REAL, unit TEXT NOT NULL, margin REAL, uncertainty REAL,
  window_start_ns INTEGER NOT NULL, window_end_ns INTEGER NOT NULL, source TEXT NOT NULL, clock TEXT NOT NULL, explanation TEXT NOT NULL,
  error TEXT NOT NULL, chain BLOB NOT NULL);
CREATE TABLE plan(seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL, requirements TEXT NOT NULL,
  chain BLOB NOT NULL);
CREATE TABLE not_run(seq INTEGER PRIMARY KEY, check_id TEXT NOT NULL, requirements TEXT NOT NULL, reason TEXT NOT NULL, chain BLOB NOT NULL);
CREATE TABLE link(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL UNIQUE, chain BLOB NOT NULL);
CREATE TABLE link_chunk(seq INTEGER PRIMARY KEY, link INTEGER NOT NULL REFERENCES link(id), t0_ns INTEGER NOT NULL, t1_ns INTEGER NOT NULL,
  n INTEGER NOT NULL, bytes INTEGER NOT NULL, storage INTEGER NOT NULL, data BLOB NOT NULL, chain BLOB NOT NULL);
CREATE INDEX link_chunk_by_time ON link_chunk(link, t0_ns);
CREATE TABLE link_tail(link INTEGER NOT NULL, n INTEGER NOT NULL, t_ns INTEGER NOT NULL, direction TEXT NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY(link, n)) WITHOUT ROWID;
)sql";

std::string schema_sql(int version) {
  std::string sql = kSchemaSql;
  // Layout 1 did not tell how far a totalizer drifts.
  constexpr std::string_view kSince2 = ", uncertainty_per_minute REAL NOT NULL";
  if (version == 1) sql.erase(sql.find(kSince2), kSince2.size());
  return sql;
}

std::int32_t application_id(BenchKind kind) {
  constexpr std::int32_t kBase = ('P' << 24) | ('R' << 16) | '1';
  switch (kind) {
    case BenchKind::kVirtual:
      return kBase | ('v' << 8);
    case BenchKind::kVirtualArm:
      return kBase | ('a' << 8);
    case BenchKind::kReal:
      return kBase | ('b' << 8);
  }
  return 0;
}

std::map<std::string, std::string> to_rows(const RunInfo& info) {
  std::map<std::string, std::string> rows{
      {"schema_version", std::to_string(kSchemaVersion)},
      {"bench_kind", std::string(to_text(info.bench_kind))},
      {"id", info.id},
      {"scenario", info.scenario},
      {"scenario_json", info.scenario_json},
      {"scenario_hash", sha256_hex(info.scenario_json)},
      {"parameters_json", info.parameters_json},
      {"script", info.script},
      {"bench", info.bench},
      {"bench_json", info.bench_json},
      {"bench_hash", sha256_hex(info.bench_json)},
      {"seed", std::to_string(info.seed)},
      {"speed", info.speed},
      {"command", info.command},
      {"firmware_hash", info.firmware_hash},
      {"operator", info.operator_name},
      {"board_serial", info.board_serial},
      {"fluid", info.fluid.name},
      {"room", info.room},
      {"started_utc_ns", std::to_string(info.started_utc_ns)},
      {"host", info.host},
  };
  if (!info.script.empty()) rows["script_hash"] = sha256_hex(info.script);
  if (info.fluid.temperature_c) rows["fluid_temperature_c"] = number_text(*info.fluid.temperature_c);
  if (info.fluid.density_g_per_ml) rows["fluid_density_g_per_ml"] = number_text(*info.fluid.density_g_per_ml);
  for (const auto& [key, value] : info.versions) rows["version." + key] = value;
  for (const auto& [key, value] : info.labels) rows["label." + key] = value;
  return rows;
}

Result<RunInfo> info_from_rows(const std::map<std::string, std::string>& rows) {
  const auto text = [&](const char* key) {
    const auto it = rows.find(key);
    return it == rows.end() ? std::string() : it->second;
  };
  const auto kind = bench_kind_from_text(text("bench_kind"));
  if (!kind) return fail(ErrorCode::kCorrupt, "the run does not say on what kind of bench it ran (\"" + text("bench_kind") + "\")");
  RunInfo info(*kind);
  info.id = text("id");
  info.scenario = text("scenario");
  info.scenario_json = text("scenario_json");
  info.parameters_json = text("parameters_json");
  info.script = text("script");
  info.bench = text("bench");
  info.bench_json = text("bench_json");
  info.speed = text("speed");
  info.command = text("command");
  info.firmware_hash = text("firmware_hash");
  info.operator_name = text("operator");
  // Known beforehand, or told by the pump after the run had begun.
  info.board_serial = text("board_serial");
  if (info.board_serial.empty()) info.board_serial = text("finish.board_serial");
  info.fluid.name = text("fluid");
  info.room = text("room");
  info.host = text("host");
  const std::string seed = text("seed");
  if (std::from_chars(seed.data(), seed.data() + seed.size(), info.seed).ec != std::errc()) {
    return fail(ErrorCode::kCorrupt, "the run's seed is not a number: \"" + seed + "\"");
  }
  TRY_ASSIGN(info.started_utc_ns, integer_from_text(text("started_utc_ns")));
  if (rows.contains("fluid_temperature_c")) {
    TRY_ASSIGN(info.fluid.temperature_c, number_from_text(text("fluid_temperature_c")));
  }
  if (rows.contains("fluid_density_g_per_ml")) {
    TRY_ASSIGN(info.fluid.density_g_per_ml, number_from_text(text("fluid_density_g_per_ml")));
  }
  for (const auto& [key, value] : rows) {
    if (key.starts_with("version.")) info.versions[key.substr(8)] = value;
    if (key.starts_with("label.")) info.labels[key.substr(6)] = value;
  }
  return info;
}

std::string number_text(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

Result<double> number_from_text(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::kCorrupt, "not a number: \"" + std::string(text) + "\"");
  }
  return value;
}

Result<std::int64_t> integer_from_text(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::kCorrupt, "not a whole number: \"" + std::string(text) + "\"");
  }
  return value;
}

std::string join_ids(const std::vector<std::string>& ids) {
  std::string out;
  for (const auto& id : ids) {
    if (!out.empty()) out += ' ';
    out += id;
  }
  return out;
}

std::vector<std::string> split_ids(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find(' ');
    if (end != 0) out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace pumprig::record
