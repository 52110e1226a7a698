// Faults and truth of a twin in another process, over its control socket.
#pragma once

#include <memory>
#include <string>

#include "rig/exec/executor.h"
#include "rig/twin/control/twin_control.h"

namespace pumprig::twin {

class RemoteControl : public TwinControl {
 public:
  // What is truly in the reservoir.
  virtual Task<void> set_reservoir_ul(double volume) = 0;
};

// kUnavailable: nobody listens at the path. Each call then answers within 5 s of wall time or fails with kTimeout; after a failure of the
// connection the next call connects again.
Result<std::unique_ptr<RemoteControl>> connect_control(const std::string& path, exec::Executor& executor);

}  // namespace pumprig::twin
