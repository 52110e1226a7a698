// What happened to a run after its writer died.
#pragma once

#include <filesystem>

#include "rig/record/run.h"

namespace pumprig::record {

// Adds one event, with the next link of the hash chain, to a run that was interrupted. Its instant is that of the latest event before it:
// nobody knows how far scenario time had come. kRefused: the run is still being written, or has been finished; kNotFound, kCorrupt and
// kUnavailable as for reading and writing. `given_up_by`: a process that lives, but has given up writing this run.
Status add_postscript(const std::filesystem::path& path, Event event, std::int64_t given_up_by = 0);

}  // namespace pumprig::record
