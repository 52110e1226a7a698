// What RunReader holds; included by its own sources only.
#pragma once

#include "rig/record/chain.h"
#include "rig/record/process.h"
#include "rig/record/reader.h"
#include "rig/record/schema.h"
#include "rig/record/sqlite.h"

namespace pumprig::record {

struct RunReader::State {
  State(std::filesystem::path file, const std::string& name, int flags) : path(std::move(file)), where(path.string()), db(name, flags) {
    db.setBusyTimeout(2000);
  }

  std::filesystem::path path;
  std::string where;
  mutable SQLite::Database db;
  mutable Compressor compressor;
  RunInfo info{BenchKind::kVirtual};
  int version = 0;

  std::map<std::string, std::string> rows() const;
};

std::map<std::string, std::string> with_prefix(const std::map<std::string, std::string>& rows, std::string_view prefix);
// Rows that were there when the run began: those the chain starts from.
std::map<std::string, std::string> opening_rows(const std::map<std::string, std::string>& rows);

ChannelInfo channel_of(SQLite::Statement& row);  // columns name … resolution at 1 … 10
Event event_of(SQLite::Statement& row);          // t_ns … provenance at 1 … 6
Result<CheckVerdict> verdict_of(SQLite::Statement& row, const std::string& where);
PlanItem plan_item_of(SQLite::Statement& row);
NotRun not_run_of(SQLite::Statement& row);

}  // namespace pumprig::record
