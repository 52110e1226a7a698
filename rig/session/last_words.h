// What is said of a run whose record could not be kept to its end: its disk was full, its file system had become read-only, its process had
// died. It goes into the record if that can be written again; else into a note beside it, RUN.pumprun.notes; else, where nothing there can
// be written, into a note in the user's own folder. Whoever shows the run finds it in each of these places.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "rig/base/result.h"
#include "rig/record/run.h"

namespace pumprig::session {

// Where the words stand: the run's own file, or a note. An Error: nowhere. `given_up_by`: a living process that has given up writing the
// run.
Result<std::filesystem::path> say_last_words(const std::filesystem::path& run_file, record::Event event, pid_t given_up_by = 0);

// The kind of an event that says so of a run whose process lives on.
inline constexpr const char* kRecordGivenUp = "record_given_up";

// The texts of the notes on a run, in the order in which they were written; what cannot be read is left out.
std::vector<std::string> notes_on(const std::filesystem::path& run_file);

// XDG_STATE_HOME/pumprig, else ~/.local/state/pumprig, else pumprig-UID in the folder for temporary files: for notes that find no place
// beside their run.
std::filesystem::path notes_folder();

}  // namespace pumprig::session
