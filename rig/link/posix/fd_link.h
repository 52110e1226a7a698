// A link over a descriptor that reads and writes without waiting; what opens it, and how it is found again, is the subclass's.
#pragma once

#include "rig/link/link.h"
#include "rig/link/posix/unique_fd.h"

namespace pumprig::link {

class FdLink : public Link {
 public:
  explicit FdLink(exec::Executor& executor) : Link(executor) {}

 protected:
  // The open, non-blocking descriptor; it stays the property of the subclass where `release` is not used. -1: closed.
  virtual int fd() const = 0;
  // What a read of 0 bytes or a hang-up is called: "the port is gone", "the far end closed the connection".
  virtual std::string_view hang_up_text() const = 0;
  virtual bool is_socket() const { return false; }

  Error gone(int error_number) const;

 private:
  Result<std::size_t> do_try_read(std::span<std::uint8_t> into) override;
  Result<std::size_t> do_try_write(ByteView bytes) override;
  Task<void> do_wait_readable(TimePoint deadline) override;
  Task<void> do_wait_writable(TimePoint deadline) override;
  // Whether the descriptor reports a hang-up with nothing left to read.
  bool hung_up() const;
};

}  // namespace pumprig::link
