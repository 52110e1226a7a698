// One pump on one link, for whoever plays a person with a device in the hand: its own clock, its link, its session.
#pragma once

#include <memory>
#include <string>

#include "rig/clients/pump_session.h"
#include "rig/exec/executor.h"
#include "rig/link/link.h"
#include "rig/link/posix/unique_fd.h"

namespace pumprig::programmer {

// A link's spec, its path from here made absolute: a spec is absolute, as a bench file needs it; who types one stands in some folder.
std::string absolute_link(const std::string& link);

// A pty lets everybody in, and two who speak at once take each other's answers: for as long as this is held, an exchange or an update, no
// other programmer or device speaks there. Nothing to hold on other links. kUnavailable: somebody else does not let go within `patience`.
Result<link::UniqueFd> take_turn(const std::string& link, Duration patience = std::chrono::seconds(10));

class PumpLine {
 public:
  // Opens the link and identifies the pump. The error says what is not there, or that nothing answers. With a folder of keys all is said
  // sealed; `give_keys` in the options: a pump that has none gets them. `give_up_after`: no attempt begins later than that (wall time).
  // `urgent`: whoever else uses the link is waited for only a moment.
  static Result<PumpLine> open(const std::string& link, const std::string& keys = {}, clients::PumpSession::Options options = {},
                               Duration give_up_after = Duration::max(), bool urgent = false);

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
