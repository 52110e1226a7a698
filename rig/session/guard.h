// Who brings the pump to the safe state when the process that runs it dies, by whatever signal.
//
// A run on a pump outside of this process starts a small program of its own (`rig guard`), in its own session, before it touches the
// bench. When the run has ended in good order it dismisses the guard. When the process ends without that, the guard opens the pump's link,
// stops the therapy as the bench's safe state says, reads it back, and writes what it did into the run's record.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>

#include "rig/base/result.h"

namespace pumprig::session {

class Guard {
 public:
  // kNotFound when the program rig is not there to be the guard; kUnavailable when it does not start.
  static Result<std::unique_ptr<Guard>> start(const std::string& bench_file, const std::filesystem::path& run_file);
  ~Guard();  // undismissed: the guard sets to work
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  // The pump is where it should be; the guard ends.
  void dismiss();

 private:
  Guard(pid_t pid, int pipe) : pid_(pid), pipe_(pipe) {}
  pid_t pid_;
  int pipe_;
};

// The guard itself: returns when it was dismissed (false), or when it has done its work (true; an error when that failed, which also stands
// in the record). Its standard input is the pipe of the process `guarded`.
Result<bool> keep_guard(const std::string& bench_file, const std::filesystem::path& run_file, pid_t guarded);

}  // namespace pumprig::session
