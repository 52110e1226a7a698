// How another process asks a run to stop: a named pipe beside the run's file, there only while the run is at work.
//
// Whoever may write it may abort. A pipe whose reader died has nobody at its end, so that a stale one is told from a run at work.
#pragma once

#include <filesystem>
#include <memory>

#include "rig/base/result.h"
#include "rig/session/request.h"

namespace pumprig::session {

// The runner's end: each request through the pipe goes to the switch.
class AbortDoor {
 public:
  // kUnavailable when the pipe cannot be made (a file system without pipes): the run then goes without.
  static Result<std::unique_ptr<AbortDoor>> open(const std::filesystem::path& run_file, StopSwitch& stop);
  ~AbortDoor();  // takes the pipe away
  AbortDoor(const AbortDoor&) = delete;
  AbortDoor& operator=(const AbortDoor&) = delete;

 private:
  struct State;
  explicit AbortDoor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The other end. kNotFound: the run is not at work.
Status knock(const std::filesystem::path& run_file, StopLevel level);

}  // namespace pumprig::session
