// Lines of text over a connected Unix socket.
#pragma once

#include <string>
#include <string_view>

#include "rig/base/result.h"
#include "rig/exec/executor.h"
#include "rig/link/posix/unique_fd.h"

namespace pumprig::twin {

class LineSocket {
 public:
  LineSocket(exec::Executor& executor, link::UniqueFd socket) : executor_(executor), socket_(std::move(socket)) {}

  // The next line without its end. kTimeout, kUnavailable (the far end closed), kProtocol (longer than `longest`).
  Task<std::string> read_line(std::size_t longest, TimePoint deadline);
  // Writes the line and its end.
  Task<void> write_line(std::string line, TimePoint deadline);

 private:
  exec::Executor& executor_;
  link::UniqueFd socket_;
  std::string pending_;
};

// kUnavailable: nobody listens there.
Result<link::UniqueFd> connect_unix(const std::string& path);
// Readable and writable by owner and group only. A socket that a dead process left is replaced; one that answers is kUnavailable.
Result<link::UniqueFd> listen_unix(const std::string& path);

}  // namespace pumprig::twin
