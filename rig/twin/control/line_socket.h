// Lines of text over a connected Unix socket.
#pragma once

#include <string>
#include <string_view>

#include "rig/base/result.h"
#include "rig/exec/executor.h"

namespace pumprig::twin {

// Owns a descriptor.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

class LineSocket {
 public:
  LineSocket(exec::Executor& executor, FileDescriptor socket) : executor_(executor), socket_(std::move(socket)) {}

  // The next line without its end. kTimeout, kUnavailable (the far end closed), kProtocol (longer than `longest`).
  Task<std::string> read_line(std::size_t longest, TimePoint deadline);
  // Writes the line and its end.
  Task<void> write_line(std::string line, TimePoint deadline);

 private:
  exec::Executor& executor_;
  FileDescriptor socket_;
  std::string pending_;
};

// kUnavailable: nobody listens there.
Result<FileDescriptor> connect_unix(const std::string& path);
// Readable and writable by owner and group only. A socket that a dead process left is replaced; one that answers is kUnavailable.
Result<FileDescriptor> listen_unix(const std::string& path);

}  // namespace pumprig::twin
