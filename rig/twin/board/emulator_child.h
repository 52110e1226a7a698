// QEMU as a child: its error output kept, and an end that always comes.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "rig/base/result.h"

namespace pumprig::twin {

class EmulatorChild {
 public:
  EmulatorChild() = default;
  ~EmulatorChild() { kill(); }
  EmulatorChild(const EmulatorChild&) = delete;
  EmulatorChild& operator=(const EmulatorChild&) = delete;

  // Starts it in `directory`; `command[0]` is looked for in PATH. One that cannot be executed ends at once and says why.
  Status start(const std::vector<std::string>& command, const std::string& directory);
  // SIGKILL, then reaps it. Does nothing if it is not running.
  void kill();
  bool running() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }
  // Whether it has ended by itself.
  bool has_ended();

  // Readable when it prints, and at its end. -1: not running.
  int errors() const { return errors_; }
  void keep_error_output();

  // Kills it and says how it ended and what it printed. `what` is "it ended", or what it did wrong.
  tl::unexpected<Error> give_up(std::string_view what);

 private:
  pid_t pid_ = -1;
  int errors_ = -1;
  int status_ = 0;  // once it was reaped
  bool reaped_ = false;
  std::string printed_;  // the last 4 KiB
  std::string name_;
};

}  // namespace pumprig::twin
