// A link that tells a sink of every byte that passes, with direction and instant: the byte capture of a run.
#pragma once

#include <memory>

#include "rig/link/link.h"

namespace pumprig::link {

enum class Direction : std::uint8_t { kToDevice, kFromDevice };

class CaptureSink {
 public:
  virtual ~CaptureSink() = default;
  // Bytes to the device at the instant in which the carrier took them; bytes from it at the instant in which they were read.
  virtual void captured(Direction direction, TimePoint at, ByteView bytes) = 0;
};

class CapturingLink final : public Link {
 public:
  // The sink must outlive the link.
  CapturingLink(std::unique_ptr<Link> inner, CaptureSink& sink) : Link(inner->executor()), inner_(std::move(inner)), sink_(sink) {}
  std::string describe() const override { return inner_->describe(); }
  int surely_at_baud() const override { return inner_->surely_at_baud(); }

 private:
  Result<std::size_t> do_try_read(std::span<std::uint8_t> into) override;
  Result<std::size_t> do_try_write(ByteView bytes) override;
  Task<void> do_wait_readable(TimePoint deadline) override { return inner_->wait_readable(deadline); }
  Task<void> do_wait_writable(TimePoint deadline) override { return inner_->wait_writable(deadline); }
  Status do_set_line(const LineSettings& line) override { return inner_->set_line(line); }
  void do_close() override { inner_->close(); }
  Status do_reopen() override { return inner_->reopen(); }

  std::unique_ptr<Link> inner_;
  CaptureSink& sink_;
};

}  // namespace pumprig::link
