// The device's end of a pseudo-terminal: bytes to and from whoever opens the other end as if it were a serial port.
//
// The slave is raw and is kept open here, so that clients may come and go. Bytes that nobody reads are lost once the terminal is full, as
// on a serial line: a device never waits for a listener. A pty has no baud rate; what is sent is there at once.
#pragma once

#include <memory>
#include <string>

#include "rig/link/link.h"
#include "rig/twin/control/line_socket.h"

namespace pumprig::twin {

class PtyLink final : public link::Link {
 public:
  // kUnavailable: the system gives no more ptys.
  static Result<std::unique_ptr<PtyLink>> open(exec::Executor& executor, std::string name);

  const std::string& path() const { return path_; }  // of the slave: /dev/pts/N
  std::string describe() const override { return "pty:" + path_; }
  std::uint64_t lost_bytes() const { return lost_bytes_; }

 private:
  PtyLink(exec::Executor& executor, std::string name) : Link(executor), name_(std::move(name)) {}
  Status make();
  Result<std::size_t> do_try_read(std::span<std::uint8_t> into) override;
  Result<std::size_t> do_try_write(ByteView bytes) override;
  Task<void> do_wait_readable(TimePoint deadline) override;
  Task<void> do_wait_writable(TimePoint deadline) override;
  Status do_set_line(const link::LineSettings&) override { return {}; }
  void do_close() override;
  Status do_reopen() override { return make(); }

  std::string name_;
  std::string path_;
  FileDescriptor master_;
  FileDescriptor slave_;
  std::uint64_t lost_bytes_ = 0;
};

}  // namespace pumprig::twin
