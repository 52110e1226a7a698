// Ctrl-C, SIGTERM and SIGHUP as bytes on a pipe, so that no signal ever ends the program before the pump is safe.
//
// Handlers, not a blocked mask: programs that are started from here get the default behaviour back.
#pragma once

#include <thread>

#include "rig/session/request.h"

namespace pumprig::cli {

// While it lives, the signals go to the pipe; SIGPIPE is ignored (a closed terminal is no reason to leave the pump running). One at a time.
class SignalPipe {
 public:
  SignalPipe();
  ~SignalPipe();
  SignalPipe(const SignalPipe&) = delete;
  SignalPipe& operator=(const SignalPipe&) = delete;

  int fd() const;  // readable when signals have come
  int drain();     // how many came
};

// Asks for a stop at each signal: the first aborts, the second waits for nothing but the safe state.
class StopOnSignals {
 public:
  explicit StopOnSignals(session::StopSwitch& stop);
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

 private:
  SignalPipe signals_;
  int end_fd_;
  std::thread thread_;
};

}  // namespace pumprig::cli
