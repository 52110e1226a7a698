// A device's end that never waits for a listener: bytes that nobody reads are lost when the carrier is full, as on a serial line.
#pragma once

#include <memory>
#include <string>

#include "rig/link/link.h"

namespace pumprig::twin {

class UnheardLink final : public link::Link {
 public:
  explicit UnheardLink(std::unique_ptr<link::Link> inner) : Link(inner->executor()), inner_(std::move(inner)) {}
  std::string describe() const override { return inner_->describe(); }
  std::uint64_t lost_bytes() const { return lost_bytes_; }

 private:
  Result<std::size_t> do_try_read(std::span<std::uint8_t> into) override { return inner_->try_read(into); }
  Result<std::size_t> do_try_write(ByteView bytes) override {
    TRY_ASSIGN(const std::size_t put, inner_->try_write(bytes));
    lost_bytes_ += bytes.size() - put;
    return bytes.size();
  }
  Task<void> do_wait_readable(TimePoint deadline) override { return inner_->wait_readable(deadline); }
  Task<void> do_wait_writable(TimePoint deadline) override { return inner_->wait_writable(deadline); }
  Status do_set_line(const link::LineSettings& line) override { return inner_->set_line(line); }
  void do_close() override { inner_->close(); }
  Status do_reopen() override { return inner_->reopen(); }

  std::unique_ptr<link::Link> inner_;
  std::uint64_t lost_bytes_ = 0;
};

}  // namespace pumprig::twin
