#include "rig/link/memory/memory_link.h"

#include <algorithm>
#include <vector>

namespace pumprig::link {
namespace {

// What travels in one direction. Storage is kept and used again, so a steady exchange allocates nothing.
class Lane {
 public:
  explicit Lane(exec::Executor& executor) : arrival(executor) {}

  void push(ByteView bytes, TimePoint at) {
    if (head_ == bytes_.size()) {
      bytes_.clear();
      head_ = 0;
    }
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    if (chunk_head_ == chunks_.size()) {
      chunks_.clear();
      chunk_head_ = 0;
    }
    chunks_.push_back({at, bytes.size()});
    arrival.set_at(at);
  }

  bool empty() const { return chunk_head_ == chunks_.size(); }
  TimePoint next_at() const { return chunks_[chunk_head_].at; }

  std::size_t pop(std::span<std::uint8_t> into, TimePoint now) {
    std::size_t done = 0;
    while (done < into.size() && !empty() && next_at() <= now) {
      Chunk& chunk = chunks_[chunk_head_];
      const std::size_t n = std::min(chunk.size, into.size() - done);
      std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(head_), n, into.begin() + static_cast<std::ptrdiff_t>(done));
      head_ += n;
      done += n;
      chunk.size -= n;
      if (chunk.size == 0) ++chunk_head_;
    }
    compact();
    return done;
  }

  void clear() {
    bytes_.clear();
    chunks_.clear();
    head_ = chunk_head_ = 0;
  }

  exec::Event arrival;
  TimePoint busy_until{};

 private:
  struct Chunk {
    TimePoint at;
    std::size_t size;
  };

  // A lane that is never quite empty must not grow for ever.
  void compact() {
    if (head_ > 4096) {
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    if (chunk_head_ > 256) {
      chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(chunk_head_));
      chunk_head_ = 0;
    }
  }

  std::vector<std::uint8_t> bytes_;
  std::size_t head_ = 0;
  std::vector<Chunk> chunks_;
  std::size_t chunk_head_ = 0;
};

}  // namespace

struct MemoryWire {
  MemoryWire(exec::Executor& executor, MemoryOptions given) : options(std::move(given)), to_device(executor), to_rig(executor) {}
  MemoryOptions options;
  Lane to_device;
  Lane to_rig;
  bool plugged = true;
  bool rig_open = true;  // false after a hang-up or close, until the rig's end is reopened
};

namespace {

class MemoryLink final : public Link {
 public:
  MemoryLink(exec::Executor& executor, std::shared_ptr<MemoryWire> wire, bool is_rig)
      : Link(executor),
        wire_(std::move(wire)),
        is_rig_(is_rig),
        in_(is_rig ? wire_->to_rig : wire_->to_device),
        out_(is_rig ? wire_->to_device : wire_->to_rig) {}

  std::string describe() const override { return "memory:" + wire_->options.name; }
  int surely_at_baud() const override { return wire_->options.baud; }

 private:
  Status check() const {
    if (!is_rig_ || wire_->rig_open) return {};
    return fail(ErrorCode::kUnavailable, wire_->plugged ? "the link is closed; reopen it" : "the link is unplugged", describe());
  }

  Result<std::size_t> do_try_read(std::span<std::uint8_t> into) override {
    if (is_rig_ && !wire_->rig_open) return tl::unexpected<Error>(check().error());
    if (in_.empty() || in_.next_at() > executor_.now()) return std::size_t{0};
    return in_.pop(into, executor_.now());
  }

  Result<std::size_t> do_try_write(ByteView bytes) override {
    if (is_rig_ && !wire_->rig_open) return tl::unexpected<Error>(check().error());
    if (bytes.empty() || !wire_->rig_open) return bytes.size();  // nobody listens: the bytes are lost
    const TimePoint start = std::max(executor_.now(), out_.busy_until);
    const auto bits = static_cast<std::int64_t>(bytes.size()) * 10;
    const Duration on_line = wire_->options.baud > 0 ? Duration(bits * 1'000'000'000 / wire_->options.baud) : Duration{0};
    out_.busy_until = start + scaled(on_line);
    out_.push(bytes, start + scaled(on_line + wire_->options.latency));
    return bytes.size();
  }

  Duration scaled(Duration wall) const { return executor_.after_wall(wall) - executor_.now(); }

  Task<void> do_wait_readable(TimePoint deadline) override {
    for (;;) {
      if (is_rig_ && !wire_->rig_open) co_return check();
      if (in_.empty()) {
        in_.arrival.reset();
        CO_TRY(co_await in_.arrival.wait(deadline));  // until they are here, not only under way
        if (!in_.empty() && in_.next_at() <= executor_.now() && (!is_rig_ || wire_->rig_open)) co_return Status{};
        continue;
      }
      const TimePoint at = in_.next_at();
      if (at <= executor_.now()) co_return Status{};
      if (at > deadline) {
        CO_TRY(co_await executor_.sleep_until(deadline));
        if (in_.empty() || in_.next_at() > deadline) co_return fail(ErrorCode::kTimeout, "the deadline came first", describe());
        continue;
      }
      CO_TRY(co_await executor_.sleep_until(at));
    }
  }

  Task<void> do_wait_writable(TimePoint) override { co_return check(); }

  Status do_set_line(const LineSettings&) override { return {}; }

  void do_close() override {
    if (!is_rig_) return;
    wire_->rig_open = false;
    in_.arrival.set();
  }

  Status do_reopen() override {
    if (!is_rig_) return {};
    if (!wire_->plugged) return fail(ErrorCode::kUnavailable, "the link is unplugged; plug it in and try again", describe());
    wire_->to_rig.clear();
    wire_->rig_open = true;
    return {};
  }

  std::shared_ptr<MemoryWire> wire_;
  bool is_rig_;
  Lane& in_;
  Lane& out_;
};

}  // namespace

void Plug::pull() {
  if (!wire_) return;
  wire_->plugged = false;
  wire_->rig_open = false;
  wire_->to_rig.clear();
  wire_->to_device.clear();
  wire_->to_rig.arrival.set();
}

void Plug::insert() {
  if (wire_) wire_->plugged = true;
}

MemoryPair make_memory_pair(exec::Executor& executor, const MemoryOptions& options) {
  auto wire = std::make_shared<MemoryWire>(executor, options);
  MemoryPair pair;
  pair.rig = std::make_unique<MemoryLink>(executor, wire, true);
  pair.device = std::make_unique<MemoryLink>(executor, wire, false);
  pair.plug = Plug(std::move(wire));
  return pair;
}

}  // namespace pumprig::link
