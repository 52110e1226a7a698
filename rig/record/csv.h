// Exports a run as text that any tool reads.
#pragma once

#include <filesystem>
#include <vector>

#include "rig/record/reader.h"

namespace pumprig::record {

// Writes into `folder` (made when missing): one file a channel ("flow.flow.csv"), events.csv, verdicts.csv and run.csv (the metadata, which
// says on what kind of bench it ran). Columns carry their unit in the heading; numbers read back to the same bits; RFC 4180 quoting, LF.
// Returns the files in the order of writing. kUnavailable when the folder can not be written.
Result<std::vector<std::filesystem::path>> export_csv(const RunReader& run, const std::filesystem::path& folder);

}  // namespace pumprig::record
