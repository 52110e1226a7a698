// A run in a daemon that looks to the caller like one here.
#pragma once

#include <memory>
#include <string>

#include "rig/base/result.h"
#include "rig/session/request.h"

namespace pumprig::cli {

// A runner that hands runs to the rigd of `socket`, if that holds the bench that the request names; null (and a note on stderr) if it holds
// another. kUnavailable: nobody answers there.
Result<std::unique_ptr<session::Runner>> daemon_runner(const std::string& socket, const session::RunRequest& request);

// Hands a run to the rigd of `socket` and leaves it there. Its job.
Result<std::string> submit_run(const std::string& socket, const session::RunRequest& request);

// The scenario of a job or run that the rigd knows, as it was named. kNotFound.
Result<std::string> scenario_of(const std::string& socket, const std::string& run);

// What a stop (Ctrl-C) means to one who follows a run.
enum class OnStop {
  kAbort,  // the run ends in the safe state
  kLeave,  // the run goes on, unfollowed: kCancelled
};
// Follows a job, or a run by its id, from its beginning to its end.
Result<session::RunReport> follow_run(const std::string& socket, const std::string& run, session::RunObserver& observer,
                                      session::StopSwitch& stop, OnStop on_stop);

}  // namespace pumprig::cli
