// One pump on one link, for the commands that play a person with a device in the hand.
#pragma once

#include <memory>
#include <string>

#include "rig/clients/pump_session.h"
#include "rig/exec/executor.h"
#include "rig/link/link.h"

namespace pumprig::cli {

class PumpLine {
 public:
  // Opens the link and identifies the pump. The error says what is not there, or that nothing answers. With a folder of keys all is said
  // sealed; `give_keys`: a pump that has none gets them.
  static Result<PumpLine> open(const std::string& link, const std::string& keys = {}, bool give_keys = false);

  clients::PumpSession& session() { return *session_; }
  // After an exchange that failed: lets a moment pass, and opens a line that has gone once more. kUnavailable while it is not there.
  Status come_back();
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

// "2 h 5 min", "45 s".
std::string span_text(std::uint64_t seconds);
// "running", with what the words of the protocol say of it.
std::string state_text(clients::TherapyState state);

}  // namespace pumprig::cli
