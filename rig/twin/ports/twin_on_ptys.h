// The virtual bench for other processes: each instrument behind a pseudo-terminal DIR/NAME, faults and speed behind the socket DIR/control.
#pragma once

#include <functional>
#include <string>

#include "rig/exec/executor.h"
#include "rig/twin/assembly/virtual_bench.h"

namespace pumprig::twin {

struct TwinOnPtysConfig {
  VirtualBenchConfig bench;
  std::string directory;  // made when it is not there; links of an earlier twin are replaced
  // Called once when all links serve, with one line of JSON (no line end):
  // {"ready":true,"directory":"…","links":{"flow":"…/flow",…},"control":"…/control","board":"…","firmware_hash":"…","seed":1,"speed":1,"pid":7}
  std::function<void(const std::string& line)> ready;
};

// Runs until cancelled (then kCancelled) or until the twin itself fails (its error); takes its links away again. The executor is one in
// wall time. kInvalidArgument, kUnavailable: nothing was started.
Task<void> run_twin_on_ptys(TwinOnPtysConfig config, exec::Executor& executor);

}  // namespace pumprig::twin
