// A link that loses, damages, repeats or delays what passes, mixes in what another device said, or hangs up: line faults, injected where
// they happen. Without a fault it hands everything on. Around the rig's end it bears on both ways; around a device's on what that sends.
//
// A fault strikes whole transfers: what one write hands over, or what one read finds there.
#pragma once

#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/rng.h"
#include "rig/exec/cancel.h"
#include "rig/link/link.h"
#include "rig/link/wrap/capture.h"

namespace pumprig::link {

struct LineFault {
  enum class Kind : std::uint8_t { kNone, kDrop, kCut, kFlipBit, kDelay, kRepeat, kStranger, kHangUp };
  Kind kind = Kind::kNone;
  unsigned every = 1;  // each so-manyth transfer suffers it; 1: all
  Duration delay{0};   // kDelay: wall time. kHangUp: after which it can be reopened; 0: once the fault is cleared
  double share = 1;    // of those, the part that suffers it, drawn at random
  std::uint64_t at_most = std::numeric_limits<std::uint64_t>::max();  // how often it strikes
  bool sent = true;                                                   // strikes what is written
  bool received = false;                                              // strikes what is read
  std::shared_ptr<const Bytes> stranger = nullptr;                    // kStranger: heard() of the other device's link
};

// Is told of every time that a fault struck; of one that swallows everything, once.
class LineFaultSink {
 public:
  virtual ~LineFaultSink() = default;
  virtual void struck(LineFault::Kind kind, TimePoint at, std::string_view what) = 0;
};

class FaultyLink final : public Link {
 public:
  // The seed decides which transfers are struck, where they are cut and which bit flips. The sink, if any, must outlive the link.
  FaultyLink(std::unique_ptr<Link> inner, std::uint64_t seed, LineFaultSink* sink = nullptr);
  ~FaultyLink() override;

  // Takes the place of the fault of the same kind; kNone clears all. A hang-up that strikes always does so at once.
  void set_fault(const LineFault& fault);
  // How often it struck; 0 also when there was none. What is delayed still comes, in its order.
  std::uint64_t clear_fault(LineFault::Kind kind);
  bool has_fault(LineFault::Kind kind) const;
  std::uint64_t faults_done() const { return faults_done_; }

  // The latest transfer that was read from this link's device, from now on: what a stranger says on another link.
  std::shared_ptr<const Bytes> heard();

  std::string describe() const override { return inner_->describe(); }
  int surely_at_baud() const override { return inner_->surely_at_baud(); }

 private:
  struct Active {
    LineFault fault;
    Rng rng;
    std::uint64_t seen = 0;
    std::uint64_t struck = 0;
  };
  struct Waiting {
    TimePoint due;
    Bytes bytes;
  };

  Result<std::size_t> do_try_read(std::span<std::uint8_t> into) override { return plain() ? inner_->try_read(into) : read_through(into); }
  Result<std::size_t> do_try_write(ByteView bytes) override { return plain() ? inner_->try_write(bytes) : write_through(bytes); }
  Task<void> do_wait_readable(TimePoint deadline) override { return plain() ? inner_->wait_readable(deadline) : wait_through(deadline); }
  Task<void> do_wait_writable(TimePoint deadline) override { return inner_->wait_writable(deadline); }
  Status do_set_line(const LineSettings& line) override { return inner_->set_line(line); }
  void do_close() override { inner_->close(); }
  Status do_reopen() override;

  bool plain() const { return !touched_; }
  // Something other than handing on is to be done, or still under way.
  void note_touched() { touched_ = !active_.empty() || !arrived_.empty() || hung_ || heard_ != nullptr || last_write_ != TimePoint::min(); }
  Error gone() const;
  Status take_arrived();
  bool due() const { return !arrived_.empty() && arrived_.front().due <= executor_.now(); }
  Result<std::size_t> read_through(std::span<std::uint8_t> into);
  Result<std::size_t> write_through(ByteView bytes);
  Task<void> wait_through(TimePoint deadline);
  // What is left of a transfer, and when it goes on. Returns how many faults struck.
  std::size_t suffer(Direction direction, Bytes& bytes, TimePoint& when);
  void apply(Active& active, Direction direction, Bytes& bytes, TimePoint& when);
  bool strikes(Active& active, Direction direction);
  void tell(Active& active, Direction direction, std::string_view what);
  void hang_up(Active& active, Direction direction);
  void send_later(Bytes bytes, TimePoint when);
  static Task<void> write_later(exec::Executor& executor, Link& inner, Bytes bytes, TimePoint when,
                                std::shared_ptr<const unsigned> hang_ups);

  std::unique_ptr<Link> inner_;
  std::uint64_t seed_;
  LineFaultSink* sink_;
  bool touched_ = false;
  std::vector<Active> active_;
  std::deque<Waiting> arrived_;              // read from the inner link, not yet by us
  TimePoint last_write_ = TimePoint::min();  // of what was delayed: nothing overtakes it
  bool hung_ = false;
  std::shared_ptr<unsigned> hang_ups_ = std::make_shared<unsigned>(0);
  TimePoint back_at_ = kNever;
  std::shared_ptr<Bytes> heard_;
  exec::CancelScope scope_;
  std::uint64_t faults_done_ = 0;
};

}  // namespace pumprig::link
