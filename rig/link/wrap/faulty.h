// A link that loses, damages or delays what is written to it: line faults, injected where they happen. Wrap the end that sends.
#pragma once

#include <memory>

#include "rig/base/rng.h"
#include "rig/exec/cancel.h"
#include "rig/link/link.h"

namespace pumprig::link {

struct LineFault {
  enum class Kind : std::uint8_t { kNone, kDrop, kCut, kFlipBit, kDelay };
  Kind kind = Kind::kNone;
  unsigned every = 1;  // each so-manyth write suffers it; 1: all
  Duration delay{0};   // of kDelay
};

class FaultyLink final : public Link {
 public:
  // The seed decides where a write is cut and which bit flips.
  FaultyLink(std::unique_ptr<Link> inner, std::uint64_t seed);
  ~FaultyLink() override;

  void set_fault(const LineFault& fault);
  std::uint64_t faults_done() const { return faults_done_; }
  std::string describe() const override { return inner_->describe(); }

 private:
  Result<std::size_t> do_try_read(std::span<std::uint8_t> into) override { return inner_->try_read(into); }
  Result<std::size_t> do_try_write(ByteView bytes) override;
  Task<void> do_wait_readable(TimePoint deadline) override { return inner_->wait_readable(deadline); }
  Task<void> do_wait_writable(TimePoint deadline) override { return inner_->wait_writable(deadline); }
  Status do_set_line(const LineSettings& line) override { return inner_->set_line(line); }
  void do_close() override { inner_->close(); }
  Status do_reopen() override { return inner_->reopen(); }

  static Task<void> write_later(exec::Executor& executor, Link& inner, Bytes bytes, Duration delay);

  std::unique_ptr<Link> inner_;
  Rng rng_;
  LineFault fault_;
  exec::CancelScope scope_;
  std::uint64_t writes_ = 0;
  std::uint64_t faults_done_ = 0;
};

}  // namespace pumprig::link
