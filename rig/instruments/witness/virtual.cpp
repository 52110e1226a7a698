#include "rig/instruments/witness/virtual.h"

#include <array>
#include <deque>

#include "rig/base/rng.h"
#include "rig/instruments/witness/codec.h"

namespace pumprig::instruments::witness {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kClockHz = 1'000'000;
constexpr std::uint16_t kFirmware = 0x0100;
constexpr Duration kGather = 1ms;  // edges that come close together share a frame
constexpr Duration kHeartbeat = 10s;
constexpr std::size_t kRoom = 4096;  // edges that wait for the line

class Device final : public VirtualInstrument, private EdgeListener {
 public:
  explicit Device(const VirtualContext& context)
      : link_(context.link), world_(context.world), executor_(context.executor), edges_came_(context.executor) {
    Rng rng = Rng::stream(context.seed, context.name + ".clock");
    serial_ = 1000 + static_cast<std::uint32_t>(rng.below(9000));
    ahead_ns_ = static_cast<std::int64_t>(rng.below(1'000'000'000'000));
    rate_error_ppb_ = static_cast<std::int64_t>(rng.below(40'001)) - 20'000;
    world_.add_edge_listener(*this);
  }
  ~Device() override { world_.remove_edge_listener(*this); }

  Task<void> serve() override;

 private:
  void on_edge(const Edge& edge) override;
  Task<void> send_edges();
  void answer(const Frame& request, Bytes& out);
  Totals totals() const { return {sequence_, ticks(executor_.now()), steps_, rotor_, alarm_, lost_}; }
  std::uint64_t ticks(TimePoint t) const {
    const std::int64_t ns = to_ns(t);
    return static_cast<std::uint64_t>(
        (ns + ns / 1'000'000'000 * rate_error_ppb_ + ns % 1'000'000'000 * rate_error_ppb_ / 1'000'000'000 + ahead_ns_) / 1000);
  }

  link::Link& link_;
  World& world_;
  exec::Executor& executor_;
  exec::Event edges_came_;
  Decoder decoder_;
  std::uint32_t serial_ = 0;
  std::int64_t ahead_ns_ = 0;
  std::int64_t rate_error_ppb_ = 0;
  bool sending_ = false;
  std::deque<EdgeRecord> waiting_;
  std::uint16_t sequence_ = 0;
  std::uint32_t steps_ = 0;
  std::int32_t rotor_ = 0;
  std::int32_t seen_rotor_ = 0;
  std::uint8_t alarm_ = 0;
  std::uint32_t lost_ = 0;
  std::array<std::uint32_t, 4> counts_{};
};

void Device::on_edge(const Edge& edge) {
  EdgeRecord record{edge.pin, edge.rising, ticks(edge.at), 0};
  if (edge.pin == Pin::kStep) {
    if (edge.rising) ++steps_;
    record.count = steps_;
  } else if (edge.pin == Pin::kRotor) {
    rotor_ += edge.count < seen_rotor_ ? -1 : 1;
    seen_rotor_ = edge.count;
    record.count = static_cast<std::uint32_t>(rotor_);
  } else {
    alarm_ = !edge.rising ? 0 : edge.pin == Pin::kAlarmLow ? 1 : 2;
    record.count = ++counts_[static_cast<std::size_t>(edge.pin)];
  }
  if (!sending_) return;
  if (waiting_.size() >= kRoom) {
    ++lost_;
    return;
  }
  waiting_.push_back(record);
  edges_came_.set();
}

void Device::answer(const Frame& request, Bytes& out) {
  switch (request.type) {
    case Type::kIdentify:
      write_frame(Type::kIdentity, encode(witness::Identity{serial_, kFirmware, kClockHz}), out);
      return;
    case Type::kTime:
      if (request.payload.size() != 4) break;
      write_frame(Type::kTimeReply, encode(TimeReply{get_le32(request.payload, 0), ticks(executor_.now())}), out);
      return;
    case Type::kTotals:
      write_frame(Type::kTotalsReply, encode(totals()), out);
      return;
    case Type::kStart:
      sending_ = true;
      write_frame(Type::kStarted, {}, out);
      return;
    case Type::kStop:
      sending_ = false;
      waiting_.clear();
      write_frame(Type::kStopped, {}, out);
      return;
    default:
      break;
  }
  const std::array<std::uint8_t, 1> refused{static_cast<std::uint8_t>(request.type)};
  write_frame(Type::kRefused, refused, out);
}

Task<void> Device::send_edges() {
  Bytes payload;
  Bytes frame;
  for (;;) {
    frame.clear();
    Status came;
    if (waiting_.empty()) came = co_await edges_came_.wait(executor_.now() + kHeartbeat);
    if (!came && came.error().code != ErrorCode::kTimeout) co_return came;
    if (came) {
      CO_TRY(co_await executor_.sleep_for(kGather));
      if (waiting_.empty()) continue;
      payload.clear();
      put_le16(payload, sequence_++);
      for (std::size_t n = 0; n < kMaxEdgesInFrame && !waiting_.empty(); ++n) {
        put_edge(payload, waiting_.front());
        waiting_.pop_front();
      }
      write_frame(Type::kEdges, payload, frame);
    } else if (sending_) {
      write_frame(Type::kHeartbeat, encode(totals()), frame);
    }
    const Status sent = co_await link_.write_all(frame, kNever);
    if (!sent && sent.error().code == ErrorCode::kCancelled) co_return sent;
  }
}

Task<void> Device::serve() {
  exec::CancelScope scope;
  auto sender = executor_.spawn(send_edges(), &scope);
  std::array<std::uint8_t, 256> buffer{};
  Bytes out;
  Status ended;
  while (ended) {
    const auto got = co_await link_.read_some(buffer, kNever);
    if (!got) {
      ended = tl::unexpected<Error>(got.error());
      break;
    }
    ByteView input(buffer.data(), *got);
    out.clear();
    for (auto step = decoder_.next(input); step != link::Decoded::kNeedMore; step = decoder_.next(input)) {
      if (step == link::Decoded::kFrame) answer(decoder_.frame(), out);
    }
    if (!out.empty()) ended = co_await link_.write_all(out, kNever);
  }
  scope.cancel();
  const Status sender_ended = co_await shield(sender.join());
  if (ended && !sender_ended) ended = sender_ended;
  co_return ended;
}

}  // namespace

std::unique_ptr<VirtualInstrument> make_virtual(const VirtualContext& context) {
  return std::make_unique<Device>(context);
}

}  // namespace pumprig::instruments::witness
