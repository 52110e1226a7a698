// A stream of bytes to one device, whatever carries it: a serial port, a pty, a socket or memory.
//
// The public functions check, count and are the same for every kind; the private do_… functions are the kind's own. Decorators (capture,
// line faults) are links over a link. A link knows nothing of frames: codecs do (sans-I/O), and transact.h ties the two.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "rig/base/bytes.h"
#include "rig/base/result.h"
#include "rig/base/time.h"
#include "rig/exec/executor.h"

namespace pumprig::link {

enum class Parity : std::uint8_t { kNone, kEven, kOdd };
enum class FlowControl : std::uint8_t { kNone, kRtsCts };

// How a serial line is set. Links that have no such thing ignore it.
struct LineSettings {
  int baud = 115200;
  int data_bits = 8;
  Parity parity = Parity::kNone;
  int stop_bits = 1;
  FlowControl flow = FlowControl::kNone;
};

struct LinkCounters {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t hang_ups = 0;
};

class Link {
 public:
  explicit Link(exec::Executor& executor) : executor_(executor) {}
  virtual ~Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // What has arrived, without waiting; 0 when nothing has. kUnavailable: the far end is gone (unplugged, hung up, closed).
  Result<std::size_t> try_read(std::span<std::uint8_t> into);
  // Takes as many bytes as fit now; 0 when none do. kUnavailable as above.
  Result<std::size_t> try_write(ByteView bytes);

  // Waits until something may be read. kTimeout at the deadline, kUnavailable when the far end goes or went.
  Task<void> wait_readable(TimePoint deadline);
  // Waits until some bytes can be handed over. The same errors.
  Task<void> wait_writable(TimePoint deadline);
  // At least one byte, at most into.size(). kTimeout, kUnavailable, kCancelled.
  Task<std::size_t> read_some(std::span<std::uint8_t> into, TimePoint deadline);
  // All of the bytes handed to the carrier. kTimeout, kUnavailable, kCancelled.
  Task<void> write_all(ByteView bytes, TimePoint deadline);

  // Throws away what has arrived and was not read (a reply that came after its deadline). Returns how many bytes that were.
  std::size_t discard_input();
  Status set_line(const LineSettings& line);
  void close();
  // Opens again after a hang-up, finding the port anew (by USB serial number where the spec gives one). kUnavailable: not there yet.
  Status reopen();

  // False from the hang-up that a call noticed until the next reopen().
  bool is_up() const { return up_; }

  // The spec that opens it again: "serial:usb=RIG-FLOW-01?baud=115200".
  virtual std::string describe() const = 0;
  // Bits a second at which bytes surely pass, one after the other; 0: nothing is known, they may pass at once (a pty, a socket).
  virtual int surely_at_baud() const { return 0; }
  const LinkCounters& counters() const { return counters_; }
  exec::Executor& executor() const { return executor_; }

 protected:
  exec::Executor& executor_;

 private:
  virtual Result<std::size_t> do_try_read(std::span<std::uint8_t> into) = 0;
  virtual Result<std::size_t> do_try_write(ByteView bytes) = 0;
  virtual Task<void> do_wait_readable(TimePoint deadline) = 0;
  virtual Task<void> do_wait_writable(TimePoint deadline) = 0;
  virtual Status do_set_line(const LineSettings& line) = 0;
  virtual void do_close() = 0;
  virtual Status do_reopen() = 0;

  // Counts a hang-up once, however often it is noticed.
  void note(const Error& error);
  Task<void> refuse_wait();

  LinkCounters counters_;
  bool up_ = true;
};

}  // namespace pumprig::link
