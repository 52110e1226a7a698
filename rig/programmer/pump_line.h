// One pump on one link, for whoever plays a person with a device in the hand: its own clock, its link, its session.
#pragma once

#include <memory>
#include <string>

#include "rig/clients/pump_session.h"
#include "rig/exec/executor.h"
#include "rig/link/link.h"

namespace pumprig::programmer {

// A link's spec, its path from here made absolute: a spec is absolute, as a bench file needs it; who types one stands in some folder.
std::string absolute_link(const std::string& link);

class PumpLine {
 public:
  // Opens the link and identifies the pump. The error says what is not there, or that nothing answers. With a folder of keys all is said
  // sealed; `give_keys` in the options: a pump that has none gets them. `give_up_after`: no attempt begins later than that (wall time).
  static Result<PumpLine> open(const std::string& link, const std::string& keys = {}, clients::PumpSession::Options options = {},
                               Duration give_up_after = Duration::max());

  clients::PumpSession& session() { return *session_; }
  // Runs one exchange to its end.
  template <typename T>
  Result<T> run(Task<T> task) {
    return executor_->run(std::move(task));
  }

 private:
  PumpLine() = default;
  std::unique_ptr<exec::Executor> executor_;
  std::unique_ptr<link::Link> link_;
  std::unique_ptr<clients::PumpSession> session_;
};

// After an exchange that failed: lets a moment pass, and opens a line that has gone once more. kUnavailable while it is not there.
Status come_back(clients::PumpSession& session);

}  // namespace pumprig::programmer
