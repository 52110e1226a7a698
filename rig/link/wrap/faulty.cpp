#include "rig/link/wrap/faulty.h"

#include <algorithm>
#include <array>

namespace pumprig::link {
namespace {

using Kind = LineFault::Kind;

std::string bytes_text(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

}  // namespace

FaultyLink::FaultyLink(std::unique_ptr<Link> inner, std::uint64_t seed, LineFaultSink* sink)
    : Link(inner->executor()), inner_(std::move(inner)), seed_(seed), sink_(sink) {}

FaultyLink::~FaultyLink() {
  scope_.cancel();
}

void FaultyLink::set_fault(const LineFault& fault) {
  if (fault.kind == Kind::kNone) {
    while (!active_.empty()) clear_fault(active_.front().fault.kind);
    return;
  }
  clear_fault(fault.kind);
  // Each kind draws for itself, and anew each time that it is set: what one does changes nothing for the others.
  const std::string name = "line fault " + std::to_string(static_cast<int>(fault.kind)) + " at " + std::to_string(to_ns(executor_.now()));
  active_.push_back({fault, Rng::stream(seed_, name)});
  if (fault.kind == Kind::kHangUp && fault.share >= 1 && fault.every == 1) {
    if (strikes(active_.back(), fault.sent ? Direction::kToDevice : Direction::kFromDevice)) {
      hang_up(active_.back(), Direction::kToDevice);
    }
  }
  note_touched();
}

std::uint64_t FaultyLink::clear_fault(Kind kind) {
  const auto found = std::find_if(active_.begin(), active_.end(), [&](const Active& a) { return a.fault.kind == kind; });
  if (found == active_.end()) return 0;
  const std::uint64_t struck = found->struck;
  active_.erase(found);
  if (kind == Kind::kHangUp) back_at_ = TimePoint::min();
  note_touched();
  return struck;
}

bool FaultyLink::has_fault(Kind kind) const {
  return std::any_of(active_.begin(), active_.end(), [&](const Active& a) { return a.fault.kind == kind; });
}

std::shared_ptr<const Bytes> FaultyLink::heard() {
  if (heard_ == nullptr) heard_ = std::make_shared<Bytes>();
  note_touched();
  return heard_;
}

Error FaultyLink::gone() const {
  return Error{ErrorCode::kUnavailable, "the line hung up: an injected fault", describe(), nullptr};
}

Status FaultyLink::do_reopen() {
  if (hung_ && executor_.now() < back_at_) return tl::unexpected<Error>(gone());
  TRY(inner_->reopen());
  hung_ = false;
  arrived_.clear();
  note_touched();
  return {};
}

// ---- what a fault does ------------------------------------------------------------------------------------------------------------------

bool FaultyLink::strikes(Active& active, Direction direction) {
  const LineFault& fault = active.fault;
  if (!(direction == Direction::kToDevice ? fault.sent : fault.received)) return false;
  if (active.struck >= fault.at_most || ++active.seen % fault.every != 0) return false;
  if (fault.share < 1 && active.rng.uniform() >= fault.share) return false;
  if (fault.kind == Kind::kStranger && (fault.stranger == nullptr || fault.stranger->empty())) return false;
  ++active.struck;
  ++faults_done_;
  return true;
}

void FaultyLink::tell(Active& active, Direction direction, std::string_view what) {
  if (sink_ == nullptr) return;
  std::string text(what);
  if (active.fault.kind != Kind::kHangUp) text += direction == Direction::kToDevice ? " to the device" : " from the device";
  sink_->struck(active.fault.kind, executor_.now(), text);
}

void FaultyLink::hang_up(Active& active, Direction direction) {
  hung_ = true;
  back_at_ = active.fault.delay > Duration{0} ? executor_.now() + active.fault.delay : kNever;
  arrived_.clear();
  ++*hang_ups_;     // what was under way is lost
  inner_->close();  // whoever waits on it wakes
  tell(active, direction, "the line hung up");
}

void FaultyLink::apply(Active& active, Direction direction, Bytes& bytes, TimePoint& when) {
  const std::size_t size = bytes.size();
  switch (active.fault.kind) {
    case Kind::kNone:
      return;
    case Kind::kDrop:
      bytes.clear();
      if (active.fault.share < 1 || active.struck == 1) tell(active, direction, bytes_text(size) + " lost");
      return;
    case Kind::kCut:
      bytes.resize(active.rng.below(size));
      return tell(active, direction, "cut to " + std::to_string(bytes.size()) + " of " + bytes_text(size));
    case Kind::kFlipBit: {
      const std::size_t at = active.rng.below(size);
      const auto bit = static_cast<unsigned>(active.rng.below(8));
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << bit));
      return tell(active, direction,
                  "bit " + std::to_string(bit) + " of byte " + std::to_string(at) + " of " + std::to_string(size) + " flipped");
    }
    case Kind::kDelay:
      when = std::max(when, executor_.after_wall(active.fault.delay));
      return tell(active, direction, bytes_text(size) + " late");
    case Kind::kRepeat: {
      const Bytes once = bytes;
      bytes.insert(bytes.end(), once.begin(), once.end());
      return tell(active, direction, bytes_text(size) + " twice");
    }
    case Kind::kStranger:
      bytes.insert(bytes.begin(), active.fault.stranger->begin(), active.fault.stranger->end());
      return tell(active, direction, bytes_text(active.fault.stranger->size()) + " of another device before those");
    case Kind::kHangUp:
      bytes.clear();
      return hang_up(active, direction);
  }
}

std::size_t FaultyLink::suffer(Direction direction, Bytes& bytes, TimePoint& when) {
  std::size_t struck = 0;
  for (Active& active : active_) {
    if (bytes.empty()) break;
    if (!strikes(active, direction)) continue;
    ++struck;
    apply(active, direction, bytes, when);
  }
  return struck;
}

// ---- from the device --------------------------------------------------------------------------------------------------------------------

Status FaultyLink::take_arrived() {
  std::array<std::uint8_t, 1024> buffer;
  while (!hung_) {
    const auto got = inner_->try_read(buffer);
    if (!got) {
      arrived_.clear();
      return tl::unexpected<Error>(got.error());
    }
    if (*got == 0) return {};
    Bytes bytes(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*got));
    if (heard_ != nullptr && heard_.use_count() == 1) heard_.reset();  // nobody asks any more
    if (heard_ != nullptr) *heard_ = bytes;
    TimePoint when = executor_.now();
    suffer(Direction::kFromDevice, bytes, when);
    if (bytes.empty()) continue;
    if (!arrived_.empty()) when = std::max(when, arrived_.back().due);
    arrived_.push_back({when, std::move(bytes)});
  }
  return tl::unexpected<Error>(gone());
}

Result<std::size_t> FaultyLink::read_through(std::span<std::uint8_t> into) {
  TRY(take_arrived());
  std::size_t done = 0;
  while (done < into.size() && due()) {
    Bytes& bytes = arrived_.front().bytes;
    const std::size_t n = std::min(bytes.size(), into.size() - done);
    std::copy_n(bytes.begin(), n, into.begin() + static_cast<std::ptrdiff_t>(done));
    done += n;
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
    if (bytes.empty()) arrived_.pop_front();
  }
  note_touched();
  return done;
}

Task<void> FaultyLink::wait_through(TimePoint deadline) {
  for (;;) {
    CO_TRY(take_arrived());
    if (due()) co_return Status{};
    const TimePoint until = arrived_.empty() ? deadline : std::min(deadline, arrived_.front().due);
    Status readable = co_await inner_->wait_readable(until);
    if (readable) continue;
    if (hung_) co_return tl::unexpected<Error>(gone());
    if (readable.error().code != ErrorCode::kTimeout) co_return readable;
    if (due()) co_return Status{};
    if (until == deadline) co_return readable;
  }
}

// ---- to the device ----------------------------------------------------------------------------------------------------------------------

Task<void> FaultyLink::write_later(exec::Executor& executor, Link& inner, Bytes bytes, TimePoint when,
                                   std::shared_ptr<const unsigned> hang_ups) {
  const unsigned before = *hang_ups;
  CO_TRY(co_await executor.sleep_until(when));
  if (*hang_ups != before) co_return Status{};
  co_return co_await inner.write_all(bytes, kNever);
}

void FaultyLink::send_later(Bytes bytes, TimePoint when) {
  last_write_ = std::max(when, last_write_);
  executor_.spawn(write_later(executor_, *inner_, std::move(bytes), last_write_, hang_ups_), &scope_);
}

Result<std::size_t> FaultyLink::write_through(ByteView bytes) {
  if (hung_) return tl::unexpected<Error>(gone());
  if (bytes.empty()) return inner_->try_write(bytes);
  if (executor_.now() > last_write_) last_write_ = TimePoint::min();
  const TimePoint now = executor_.now();
  TimePoint when = now;
  Bytes changed(bytes.begin(), bytes.end());
  const std::size_t struck = suffer(Direction::kToDevice, changed, when);
  if (hung_) return tl::unexpected<Error>(gone());
  const bool behind = last_write_ != TimePoint::min();
  note_touched();
  if (struck == 0 && !behind) return inner_->try_write(bytes);
  if (changed.empty()) return bytes.size();
  if (behind || when > now) {
    send_later(std::move(changed), when);
    note_touched();
    return bytes.size();
  }
  TRY_ASSIGN(const std::size_t put, inner_->try_write(changed));
  if (put < changed.size()) {
    changed.erase(changed.begin(), changed.begin() + static_cast<std::ptrdiff_t>(put));
    send_later(std::move(changed), now);
    note_touched();
  }
  return bytes.size();
}

}  // namespace pumprig::link
