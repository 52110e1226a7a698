#include "rig/instruments/witness/driver.h"

#include <array>
#include <optional>

#include "rig/exec/mutex.h"
#include "rig/instruments/support/session.h"
#include "rig/instruments/witness/clock_map.h"
#include "rig/instruments/witness/codec.h"
#include "rig/instruments/witness/edge_stream.h"

namespace pumprig::instruments::witness {
namespace {

using namespace std::chrono_literals;

constexpr Duration kReplyTimeout = 250ms;  // wall time
constexpr int kAttempts = 3;
constexpr Duration kSyncInterval = 10s;
constexpr Duration kFirstSyncInterval = 100ms;  // doubled each time: an instant is never far beyond what the exchanges span
constexpr Duration kQuickExchange = 10ms;
constexpr int kSyncAttempts = 6;
constexpr Duration kCatchUpPause = 20ms;  // wall time
constexpr int kCatchUpAttempts = 50;
constexpr Duration kReopenPause = 200ms;  // wall time
constexpr std::size_t kRequestBytes = kFrameOverhead + 4;
constexpr std::size_t kTimeReplyBytes = kFrameOverhead + 12;

class Driver final : public Instrument {
 public:
  explicit Driver(const DriverContext& context)
      : name_(context.name),
        link_(context.link),
        executor_(context.executor),
        paced_(context.link.surely_at_baud() > 0),
        infos_(channels_for(context.settings)),
        mutex_(context.executor),
        replied_(context.executor) {}

  Task<instruments::Identity> open() override;
  std::vector<ChannelInfo> channels() const override;
  Task<void> sample(std::span<const std::size_t> channels, SampleSink& sink) override;
  Task<void> stream(SampleSink& sink) override;
  Task<void> catch_up() override;
  Task<void> close() override;

 private:
  Task<void> handshake();
  Task<void> synchronise();
  // One request; the reply's payload lies in reply_ afterwards.
  Task<void> request(Type type, ByteView payload, Type wanted, int attempts = kAttempts);
  Task<void> await_reply(TimePoint deadline);
  Task<void> read_once(TimePoint deadline);
  void take(const Frame& frame);
  void add_exchange(const TimeReply& reply);
  Task<void> stream_until_broken();
  Task<void> reconnect();
  // What the line itself surely takes; nothing where bytes may pass at once. Wall time, as a line knows no speed.
  Duration line_time(std::size_t bytes) const {
    if (!paced_) return Duration{0};
    const double speed = executor_.is_virtual() ? 1.0 : executor_.speed();
    return Duration(static_cast<std::int64_t>(static_cast<double>(bytes) * 1e10 * speed / link_.surely_at_baud()));
  }

  std::string name_;
  link::Link& link_;
  exec::Executor& executor_;
  bool paced_;
  std::vector<ChannelInfo> infos_;
  Decoder decoder_;
  std::array<std::uint8_t, 512> buffer_{};

  exec::Mutex mutex_;  // one request at a time
  exec::Event replied_;
  bool reading_ = false;  // somebody waits for bytes
  Type wanted_ = Type::kRefused;
  std::optional<Bytes> reply_;
  TimePoint asked_at_{};  // the attempt that was answered
  TimePoint reply_at_{};

  witness::Identity identity_;
  ClockMap clock_;
  std::uint32_t token_ = 0;
  EdgeStream edges_{executor_, clock_};
  Duration sync_interval_ = kFirstSyncInterval;
  Status down_;
};

std::vector<ChannelInfo> Driver::channels() const {
  std::vector<ChannelInfo> out = infos_;
  for (auto& info : out) {
    info.name = name_ + "." + info.name;
    info.instrument = name_;
    info.source = "witness serial " + std::to_string(identity_.serial);
  }
  return out;
}

Task<void> Driver::read_once(TimePoint deadline) {
  struct Reading {
    bool& flag;
    explicit Reading(bool& f) : flag(f) { flag = true; }
    ~Reading() { flag = false; }
  };
  std::size_t got = 0;
  {
    const Reading reading(reading_);
    CO_TRY_ASSIGN(got, co_await link_.read_some(buffer_, deadline));
  }
  ByteView input(buffer_.data(), got);
  for (auto step = decoder_.next(input); step != link::Decoded::kNeedMore; step = decoder_.next(input)) {
    if (step == link::Decoded::kFrame) take(decoder_.frame());
  }
  co_return Status{};
}

void Driver::take(const Frame& frame) {
  Totals totals;
  if ((frame.type == Type::kHeartbeat || frame.type == Type::kTotalsReply) && decode(frame.payload, totals)) edges_.take_totals(totals);
  if (frame.type == Type::kEdges) {
    edges_.take_edges(frame.payload);
    if (edges_.clock_doubtful()) sync_interval_ = kFirstSyncInterval;
  } else if (frame.type == wanted_) {
    reply_.emplace(frame.payload.begin(), frame.payload.end());
    reply_at_ = executor_.now();
    replied_.set();
  }
}

Task<void> Driver::await_reply(TimePoint deadline) {
  while (!reply_) {
    if (reading_) {
      CO_TRY(co_await replied_.wait(deadline));
    } else {
      CO_TRY(co_await read_once(deadline));
    }
  }
  co_return Status{};
}

Task<void> Driver::request(Type type, ByteView payload, Type wanted, int attempts) {
  Bytes frame;
  write_frame(type, payload, frame);
  Status outcome;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    reply_.reset();
    replied_.reset();
    wanted_ = wanted;
    asked_at_ = executor_.now();
    const TimePoint deadline = executor_.after_wall(kReplyTimeout);
    CO_TRY(co_await link_.write_all(frame, deadline));
    outcome = co_await await_reply(deadline);
    if (outcome) co_return outcome;
    if (outcome.error().code != ErrorCode::kTimeout) co_return outcome;
  }
  co_return fail(ErrorCode::kTimeout, "the witness does not answer; is it plugged in and powered?", link_.describe());
}

// What one exchange says of the device's clock. A line that was faster than its baud rate allows is none that keeps it.
void Driver::add_exchange(const TimeReply& reply) {
  TimePoint earliest = asked_at_ + line_time(kRequestBytes);
  TimePoint latest = reply_at_ - line_time(kTimeReplyBytes);
  if (latest < earliest && earliest - latest <= 1us) std::swap(earliest, latest);  // rounded line times
  if (latest < earliest) {
    paced_ = false;
    clock_ = ClockMap(identity_.clock_hz);
    earliest = asked_at_;
    latest = reply_at_;
  }
  const std::size_t breaks = clock_.breaks();
  clock_.add(reply.time, earliest, latest);
  if (clock_.breaks() == breaks) return;
  sync_interval_ = kFirstSyncInterval;
  edges_.mark_gap();
  if (edges_.sink() != nullptr) edges_.sink()->event(executor_.now(), "clock", "the witness's clock did not go on as it had");
}

// A few exchanges, until one was quick: a late reply says little about when the device stamped it. Each has a token of its own, so that the
// late reply to one is not taken for a quick one to the next.
Task<void> Driver::synchronise() {
  bool answered_once = false;
  Status answered;
  for (int attempt = 0; attempt < kSyncAttempts; ++attempt) {
    Bytes token;
    put_le32(token, ++token_);  // lives in this frame until the reply is there
    answered = co_await request(Type::kTime, token, Type::kTimeReply, 1);
    if (!answered && answered.error().code == ErrorCode::kTimeout) continue;
    CO_TRY(answered);
    TimeReply reply;
    if (!decode(*reply_, reply)) co_return fail(ErrorCode::kProtocol, "the witness's time has the wrong length", link_.describe());
    if (reply.token != token_) continue;  // the answer to an earlier request: its instants are not these
    add_exchange(reply);
    answered_once = true;
    if (reply_at_ - asked_at_ <= kQuickExchange) break;
  }
  if (!answered_once && !answered) co_return answered;
  if (!clock_.known()) co_return fail(ErrorCode::kTimeout, "the witness answers late again and again", link_.describe());
  co_return Status{};
}

Task<void> Driver::handshake() {
  decoder_.begin({});
  static_cast<void>(link_.discard_input());
  CO_TRY(co_await request(Type::kStop, ByteView(), Type::kStopped));
  CO_TRY(co_await request(Type::kIdentify, ByteView(), Type::kIdentity));
  witness::Identity found;
  if (!decode(*reply_, found) || found.clock_hz == 0) {
    co_return fail(ErrorCode::kProtocol, "what answers is no witness of this version", link_.describe());
  }
  if (clock_.known() && found.serial != identity_.serial) {
    co_return fail(ErrorCode::kRefused, "another witness answers now: serial " + std::to_string(found.serial), link_.describe());
  }
  if (!clock_.known()) clock_ = ClockMap(found.clock_hz);
  identity_ = found;
  sync_interval_ = kFirstSyncInterval;
  edges_.restart();
  CO_TRY(co_await synchronise());
  CO_TRY(co_await request(Type::kStart, ByteView(), Type::kStarted));
  CO_TRY(co_await request(Type::kTotals, ByteView(), Type::kTotalsReply));  // where it begins: taken in take_totals()
  co_return Status{};
}

Task<instruments::Identity> Driver::open() {
  clock_ = ClockMap();
  paced_ = link_.surely_at_baud() > 0;
  CO_TRY_ASSIGN(const exec::Mutex::Guard turn, co_await mutex_.lock());
  CO_TRY(co_await handshake());
  const std::string version = std::to_string(identity_.firmware >> 8) + "." + std::to_string(identity_.firmware & 0xFF);
  co_return instruments::Identity{"pumprig", "witness", std::to_string(identity_.serial), version};
}

// Until every edge of its counts has come. One that is on its way is waited for; the link is in order, so one that is behind is lost.
Task<void> Driver::catch_up() {
  if (!down_) co_return down_;
  CO_TRY_ASSIGN(const exec::Mutex::Guard turn, co_await mutex_.lock());
  for (int attempt = 0; attempt < kCatchUpAttempts; ++attempt) {
    CO_TRY(co_await request(Type::kTotals, ByteView(), Type::kTotalsReply));
    Totals totals;
    if (!decode(*reply_, totals)) co_return fail(ErrorCode::kProtocol, "the witness's totals have the wrong length", link_.describe());
    const Stamped stamp = clock_.to_rig(totals.time);
    const bool late = stamp.at + stamp.bound < asked_at_;  // the answer to an earlier request
    if (!late && edges_.accounted(totals)) co_return Status{};
    CO_TRY(co_await executor_.sleep_until(executor_.after_wall(kCatchUpPause)));
  }
  co_return fail(ErrorCode::kTimeout, "the witness has edges that do not come", link_.describe());
}

Task<void> Driver::sample(std::span<const std::size_t> channels, SampleSink& sink) {
  if (!down_) co_return down_;
  CO_TRY_ASSIGN(const exec::Mutex::Guard turn, co_await mutex_.lock());
  Totals totals;
  for (int attempt = 0;; ++attempt) {
    const Status answered = co_await request(Type::kTotals, ByteView(), Type::kTotalsReply);
    if (!answered) {
      edges_.mark_gap();
      co_return answered;
    }
    if (!decode(*reply_, totals)) co_return fail(ErrorCode::kProtocol, "the witness's totals have the wrong length", link_.describe());
    // Stamped before it was asked: the late answer to an earlier request.
    const Stamped stamp = clock_.to_rig(totals.time);
    if (stamp.at + stamp.bound >= asked_at_) break;
    if (attempt == kAttempts) co_return fail(ErrorCode::kTimeout, "the witness answers late again and again", link_.describe());
  }
  const TimePoint requested = asked_at_;
  const TimePoint at = std::clamp(clock_.to_rig(totals.time).at, requested, reply_at_);
  const auto give = [&](std::size_t channel, double value) {
    if (contains(channels, channel)) sink.sample(channel, {at, Duration{0}, value, requested, reply_at_, edges_.take_gap(channel)});
  };
  give(kStepsTotalChannel, totals.steps);
  give(kRotorTotalChannel, totals.rotor);
  co_return Status{};
}

Task<void> Driver::stream_until_broken() {
  TimePoint next_sync = executor_.now() + sync_interval_;
  for (;;) {
    if (executor_.now() >= next_sync) {
      sync_interval_ = std::min(2 * sync_interval_, kSyncInterval);
      next_sync = executor_.now() + sync_interval_;
      CO_TRY_ASSIGN(const exec::Mutex::Guard turn, co_await mutex_.lock());
      const Status synchronised = co_await synchronise();
      if (!synchronised && synchronised.error().code != ErrorCode::kTimeout) co_return synchronised;
      continue;
    }
    // sample() may be reading; then its bytes are taken there.
    Status read;
    if (reading_) {
      read = co_await executor_.sleep_until(std::min(next_sync, executor_.after_wall(1ms)));
    } else {
      read = co_await read_once(next_sync);
    }
    if (!read && read.error().code != ErrorCode::kTimeout) co_return read;
  }
}

Task<void> Driver::reconnect() {
  for (;;) {
    CO_TRY(co_await executor_.sleep_until(executor_.after_wall(kReopenPause)));
    if (!link_.reopen()) continue;
    CO_TRY_ASSIGN(const exec::Mutex::Guard turn, co_await mutex_.lock());
    const Status greeted = co_await handshake();
    if (greeted) co_return greeted;
    if (greeted.error().code == ErrorCode::kCancelled) co_return greeted;
  }
}

Task<void> Driver::stream(SampleSink& sink) {
  struct Listening {
    EdgeStream& edges;
    Listening(EdgeStream& of, SampleSink& to) : edges(of) { edges.listen(&to); }
    ~Listening() { edges.listen(nullptr); }
  };
  const Listening listening(edges_, sink);
  for (;;) {
    if (down_) down_ = co_await stream_until_broken();
    if (!down_ && down_.error().code == ErrorCode::kCancelled) {
      const Status cancelled = std::exchange(down_, Status{});
      co_return cancelled;
    }
    edges_.tell_lost(executor_.now(), "the link to the witness broke: " + down_.error().text);
    CO_TRY(co_await reconnect());
    down_ = Status{};
    edges_.tell_unknown_until_now();
    sink.event(executor_.now(), "reconnected", "the witness answers again");
  }
}

Task<void> Driver::close() {
  if (!down_) co_return Status{};
  CO_TRY_ASSIGN(const exec::Mutex::Guard turn, co_await mutex_.lock());
  co_return co_await request(Type::kStop, ByteView(), Type::kStopped);
}

}  // namespace

std::vector<ChannelInfo> channels_for(const Settings&) {
  // Counts are exact; what is uncertain is their instant, which the event record states.
  return {evidence_channel("step", "1", {}), evidence_channel("rotor", "1", {}), evidence_channel("alarm", "1", {}),
          evidence_channel("steps_total", "1", {}), evidence_channel("rotor_total", "1", {})};
}

std::unique_ptr<Instrument> make_driver(const DriverContext& context) {
  return std::make_unique<Driver>(context);
}

}  // namespace pumprig::instruments::witness
