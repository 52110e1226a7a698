// The runs of a folder, and one of them found by what people type: its path, its id, or the beginning of its id.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/result.h"
#include "rig/session/report.h"

namespace pumprig::record {
struct CheckVerdict;
}

namespace pumprig::session {

// A judged check of the record as a row.
CheckRow check_row(const record::CheckVerdict& verdict);

inline constexpr std::string_view kRunSuffix = ".pumprun";

// A run's report out of its file. kNotFound, kCorrupt, kUnsupported as the record says.
Result<RunReport> load_report(const std::filesystem::path& file);

// Every run of the folder and of the folders right below it, by name (which begins with the time), oldest first. What can not be read is
// there too, as unfinished with the reason. A folder that does not exist has no runs.
std::vector<RunReport> list_runs(const std::filesystem::path& folder);

// The file of the run that `name` means: a path, an id, or the beginning of exactly one id in the folder; "last" is the latest.
// kNotFound says what there is, kInvalidArgument which several begin so.
Result<std::filesystem::path> find_run(std::string_view name, const std::filesystem::path& folder);

}  // namespace pumprig::session
