// Layout of the SQLite file that holds one run.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "rig/record/run.h"

namespace pumprig::record {

// Raised whenever an older reader would misread a file. Readers know all versions from 1 on.
inline constexpr int kSchemaVersion = 2;

// SQLite's application_id: tells with the first 100 bytes of the file what kind of run it is ("PRv1", "PRa1", "PRb1").
std::int32_t application_id(BenchKind kind);

extern const char* const kSchemaSql;
// The layout that a file of an earlier version has.
std::string schema_sql(int version);

// Rows of the run table. Keys that begin with "finish." are added at the end, those with "writer." say who
// is writing, "chain.genesis" is the first link of the hash chain.
std::map<std::string, std::string> to_rows(const RunInfo& info);
// kCorrupt when a row that must be there is missing or is not what it should be.
Result<RunInfo> info_from_rows(const std::map<std::string, std::string>& rows);

// A number as text that reads back to the same bits, and back.
std::string number_text(double value);
Result<double> number_from_text(std::string_view text);
Result<std::int64_t> integer_from_text(std::string_view text);

// "REQ-103 REQ-104" and back.
std::string join_ids(const std::vector<std::string>& ids);
std::vector<std::string> split_ids(std::string_view text);

}  // namespace pumprig::record
