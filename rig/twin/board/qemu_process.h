// The emulator as a child process: two FIFOs for frames, its error output kept, and an end that always comes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/bytes.h"
#include "rig/base/result.h"
#include "rig/twin/board/emulator_child.h"

namespace pumprig::twin {

class QemuProcess {
 public:
  // `directory` is where the child runs; sim.req and sim.rsp are made there.
  QemuProcess(std::filesystem::path directory, std::chrono::milliseconds guard) : directory_(std::move(directory)), guard_(guard) {}
  ~QemuProcess() { kill(); }
  QemuProcess(const QemuProcess&) = delete;
  QemuProcess& operator=(const QemuProcess&) = delete;

  // Starts it; `command[0]` is looked for in PATH. One that cannot be executed shows at the first receive.
  Status start(const std::vector<std::string>& command);
  // SIGKILL, then reaps it and closes the FIFOs. Does nothing if it is not running.
  void kill();
  bool running() const { return child_.running(); }
  pid_t pid() const { return child_.pid(); }

  Status send(ByteView frame);
  // One whole frame (its header says how long) into `frame`. kUnavailable: it ended or did not answer within the guard; it is killed then.
  Status receive(Bytes& frame);

 private:
  Status make_pipes();
  Status await_bytes();
  int start_guard();  // a descriptor that becomes readable when the guard has passed
  // Kills the child and says how it ended and what it printed.
  tl::unexpected<Error> give_up(std::string_view what);

  std::filesystem::path directory_;
  std::chrono::milliseconds guard_;  // <= 0: none
  EmulatorChild child_;
  int request_ = -1;   // frames of the firmware
  int response_ = -1;  // ours
  int timer_ = -1;
  Bytes received_;
  std::size_t have_ = 0;  // bytes in it
};

}  // namespace pumprig::twin
