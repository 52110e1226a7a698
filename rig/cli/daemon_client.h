// rigd's client: JSON-RPC calls and the event stream over its Unix socket.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "rig/base/result.h"
#include "rig/cli/http_parse.h"

namespace pumprig::cli {

class DaemonClient {
 public:
  explicit DaemonClient(std::string socket) : socket_(std::move(socket)) {}

  const std::string& socket() const { return socket_; }

  // One method; `params` and the result are JSON texts. The daemon's error comes back with its own code; kUnavailable: nobody serves there.
  Result<std::string> call(std::string_view method, std::string_view params = "{}") const;

  // Gives every event of a job after number `since` to `on_event` until that returns false. When `interrupt_fd` becomes readable,
  // `on_interrupt` is called (which must read it empty); false ends it, too. kUnavailable when the daemon ends the stream.
  Status follow(std::string_view job, std::uint64_t since, const std::function<bool(const ServerEvent&)>& on_event, int interrupt_fd,
                const std::function<bool()>& on_interrupt) const;

 private:
  std::string socket_;
};

}  // namespace pumprig::cli
