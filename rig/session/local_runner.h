// The one place where a run is put together in this process: scenario, bench, executor and record. Used by rig, rigd and the bindings.
#pragma once

#include <memory>

#include "rig/session/request.h"

namespace pumprig::scenario {
class HandRun;
}

namespace pumprig::session {

// May run several at once, each on the thread that calls run().
std::unique_ptr<Runner> make_local_runner();

// A run whose steps a script gives, on the calling thread until it has ended: the text of the request's scenario says how it starts and
// what is recorded (nothing: every channel of the bench). `hand` must have nothing left from an earlier run.
Result<RunReport> run_by_hand(const RunRequest& request, scenario::HandRun& hand, RunObserver& observer, StopSwitch& stop);

// Where QEMU waits for a debugger when a request says gdb.
inline constexpr int kGdbPort = 1234;

// Version of this rig, as records and `rig --version` say it.
inline constexpr const char* kRigVersion = PUMPRIG_VERSION;

}  // namespace pumprig::session
