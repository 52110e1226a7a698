// The control socket of a twin: lets other processes inject faults, ask for truths, and set speed and reservoir.
#pragma once

#include <string>

#include "rig/exec/executor.h"
#include "rig/twin/assembly/twin.h"
#include "rig/twin/control/line_socket.h"
#include "rig/twin/control/local_control.h"

namespace pumprig::twin {

class ControlServer {
 public:
  // `listener`: from listen_unix().
  ControlServer(Twin& twin, LocalControl& control, link::UniqueFd listener)
      : twin_(twin), control_(control), listener_(std::move(listener)) {}

  // Accepts and serves until cancelled.
  Task<void> serve();

 private:
  Task<void> serve_one(link::UniqueFd socket);
  Task<std::string> answer(std::string line);
  Result<double> set_speed(double speed);

  Twin& twin_;
  LocalControl& control_;
  link::UniqueFd listener_;
};

}  // namespace pumprig::twin
