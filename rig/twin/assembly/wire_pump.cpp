#include "rig/twin/assembly/wire_pump.h"

#include <algorithm>
#include <cmath>

#include "rig/twin/assembly/pump_texts.h"

namespace pumprig::twin {
namespace {

using namespace std::chrono_literals;
using pumpfw::hal::ResetCause;
namespace hal = pumpfw::hal;
namespace pins = pumpfw::pins;
namespace lockstep = pumpfw::lockstep;

constexpr auto kClockNs = static_cast<std::int64_t>(1'000'000'000 / pins::kClockHz);
constexpr Duration kLate = 10ms;
// Beyond the bite of the watchdog. Real time: so long the machine may keep QEMU waiting.
constexpr Duration kPatience = 15s;
constexpr Duration kLongestTurn = 11s;  // the longest sleep, and the watchdog's grace

// Datagrams of the TMC2209: the register's byte says which it is.
constexpr std::size_t kReadDatagram = 4;
constexpr std::size_t kWriteDatagram = 8;
constexpr std::uint8_t kWriteBit = 0x80;

Duration since_reset(Tick tick) {
  return Duration(static_cast<std::int64_t>(tick * 1'000'000'000 / hal::kTicksPerSecond));
}

Duration since_reset_by(std::uint64_t clock) {
  return Duration(static_cast<std::int64_t>(clock) * kClockNs);
}

}  // namespace

WirePump::WirePump(const Parts& parts)
    : PumpSide(parts.plant, parts.reservoir_sensor),
      executor_(parts.executor),
      telemetry_(parts.telemetry),
      rtc_(parts.rtc),
      seed_(parts.seed),
      emulator_(parts.executor, parts.emulator) {}

Result<std::unique_ptr<WirePump>> WirePump::create(Parts parts) {
  std::unique_ptr<WirePump> pump(new WirePump(parts));
  TRY(pump->emulator_.prepare());
  return pump;
}

Task<void> WirePump::run() {
  exec::CancelScope scope;
  std::vector<exec::JoinHandle<void>> helpers;
  Status ended = co_await emulator_.start();
  if (ended) {
    silent_until_ = executor_.now() + kLongestTurn + kPatience;
    helpers.push_back(executor_.spawn(emulator_.keep_output(), &scope));
    helpers.push_back(executor_.spawn(serve_motor(), &scope));
    helpers.push_back(executor_.spawn(carry(telemetry_, emulator_.line(WireEmulator::kTelemetry)), &scope));
    helpers.push_back(executor_.spawn(carry(emulator_.line(WireEmulator::kTelemetry), telemetry_), &scope));
    ended = co_await follow_pins();
  }
  scope.cancel();
  for (auto& helper : helpers) {
    Task<void> joined = helper.join();
    static_cast<void>(co_await exec::shield(std::move(joined)));
  }
  tell_lateness();
  emulator_.kill();
  pins_.set_tone(executor_.now(), hal::Tone::kOff);
  co_return ended;
}

Task<void> WirePump::listen() {
  co_return Status{};
}

Task<void> WirePump::follow_pins() {
  link::Link& line = emulator_.line(WireEmulator::kPins);
  std::array<std::uint8_t, 512> bytes{};
  for (;;) {
    const auto got = co_await line.read_some(bytes, silent_until_);
    if (!got) {
      const ErrorCode code = got.error().code;
      if (code == ErrorCode::kTimeout) co_return emulator_.give_up("the board neither ran nor was reset by its watchdog");
      if (code == ErrorCode::kUnavailable) co_return emulator_.give_up("it ended");
      co_return tl::unexpected<Error>(got.error());
    }
    for (std::size_t i = 0; i < *got; ++i) {
      assembler_.put(bytes[i]);
      while (const auto frame = assembler_.next()) CO_TRY(take(*frame));
    }
    if (!failure_) co_return failure_.error().code == ErrorCode::kUnavailable ? Status(emulator_.give_up(failure_.error().text)) : failure_;
  }
}

// The board hears its own bytes, then the chip's answer, on the same wire.
Task<void> WirePump::serve_motor() {
  link::Link& line = emulator_.line(WireEmulator::kMotor);
  std::array<std::uint8_t, 256> bytes{};
  Bytes answer;
  for (;;) {
    CO_TRY_ASSIGN(const std::size_t got, co_await line.read_some(bytes, kNever));
    answer.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(got));
    to_motor_.insert(to_motor_.end(), answer.begin(), answer.end());
    pass_datagrams(answer);
    send_now(line, answer);
  }
}

// What the socket brings in pieces was one transmission on the wire, and the chip takes whole ones. A pause that would end a cut-off
// datagram cannot be told from a busy machine: a reset ends it.
void WirePump::pass_datagrams(Bytes& answer) {
  while (to_motor_.size() >= kReadDatagram) {
    const std::size_t size = (to_motor_[2] & kWriteBit) != 0 ? kWriteDatagram : kReadDatagram;
    if (to_motor_.size() < size) return;
    pins_.motor_driver().receive(ByteView(to_motor_).first(size), answer);
    to_motor_.erase(to_motor_.begin(), to_motor_.begin() + static_cast<std::ptrdiff_t>(size));
  }
}

Task<void> WirePump::carry(link::Link& from, link::Link& to) {
  std::array<std::uint8_t, 512> bytes{};
  for (;;) {
    CO_TRY_ASSIGN(const std::size_t got, co_await from.read_some(bytes, kNever));
    CO_TRY(co_await to.write_all(ByteView(bytes.data(), got), kNever));
  }
}

Status WirePump::take(const pins::Frame& frame) {
  const auto wrong = [] {
    return fail(ErrorCode::kProtocol, "the firmware sent a frame of its pins that makes no sense", "pump board in QEMU");
  };
  if (frame.kind == pins::Kind::kHello) {
    pins::Hello hello;
    if (!pins::decode(frame.payload, hello)) return wrong();
    return take_hello(hello);
  }
  if (!greeted_ || frame.boot != boot()) return {};
  if (frame.kind == pins::Kind::kTurn) {
    pins::Turn turn;
    if (!pins::decode(frame.payload, turn)) return wrong();
    return take_turn(turn);
  }
  if (frame.kind == pins::Kind::kStep) {
    pins::Step step;
    if (!pins::decode(frame.payload, step)) return wrong();
    return take_step(step);
  }
  return wrong();
}

Status WirePump::take_hello(const pins::Hello& hello) {
  const TimePoint now = executor_.now();
  if (greeted_) note_reset(hello, now);
  boot_ = hello.boot;
  greeted_ = true;
  origin_ = kNever;
  motor_enabled_ = false;
  pins_.motor_driver().enable(false);
  to_motor_.clear();
  pins_.set_tone(now, hal::Tone::kOff);
  silent_until_ = now + kLongestTurn + kPatience;
  rules_.booted(hello.cause);
  const pins::Start start{rules_.start_facts(seed_, "0", emulator_.firmware_hash(), emulator_.images()), rtc_ticks(), pins_.rotor_count(),
                          switches_};
  const FrameBytes filler{};
  send_now(emulator_.line(WireEmulator::kPins), filler);
  send(pins::encode(frame_, boot(), start));
  return {};
}

Status WirePump::take_turn(const pins::Turn& turn) {
  const TimePoint at = instant_of(turn.clock);
  deadline_ = origin_ + since_reset(turn.deadline);
  silent_until_ = std::max(deadline_, executor_.now()) + 1s + kPatience;
  motor_enabled_ = turn.motor_enabled;
  pins_.motor_driver().enable(motor_enabled_);
  pins_.set_tone(at, turn.tone);
  if (turn.overrun) tell(at, "overrun", "a UART of the board lost bytes: its buffer was full");
  if (turn.violation != lockstep::Violation::kNone) return fail(ErrorCode::kInternal, broken_rule(turn.violation), "pump board in QEMU");
  if (turn.start_outlet || turn.start_sense != hal::AdcChannel::kNone) {
    pins::Sense sense{turn.start_outlet, 0, pins_.rotor_count(), 0, turn.start_sense, pins_.sense_counts(at, turn.start_sense)};
    if (sense.outlet) sense.outlet_counts = pins_.outlet_counts(at);
    send(pins::encode(frame_, boot(), sense));
  }
  return {};
}

Status WirePump::take_step(const pins::Step& step) {
  const TimePoint at = instant_of(step.clock);
  const Duration late = at - (origin_ + since_reset(step.armed));
  ++steps_;
  if (late > kLate) ++late_steps_;
  worst_step_ = std::max(worst_step_, late);
  pins_.step(at, motor_enabled_);
  if (pins_.cell().browns_out(at)) brown_out();
  send(pins::encode(frame_, boot(),
                    pins::Sense{true, step.number, pins_.rotor_count(), pins_.outlet_counts(at), hal::AdcChannel::kNone, 0}));
  return {};
}

TimePoint WirePump::instant_of(std::uint64_t clock) {
  const TimePoint now = executor_.now();
  origin_ = std::min(origin_, now - since_reset_by(clock));
  const TimePoint at = origin_ + since_reset_by(clock);
  worst_frame_ = std::max(worst_frame_, now - at);
  told_ = std::clamp(at, std::min(told_, now), now);
  return told_;
}

void WirePump::send(std::size_t size) {
  send_now(emulator_.line(WireEmulator::kPins), ByteView(frame_).first(size));
}

// A socket holds far more than a board can have under way.
void WirePump::send_now(link::Link& line, ByteView bytes) {
  const auto sent = line.try_write(bytes);
  if (!failure_ || (sent && *sent == bytes.size())) return;
  failure_ = fail(ErrorCode::kUnavailable, sent ? "it takes no more bytes" : "it ended");
}

WirePump::Tick WirePump::rtc_ticks() const {
  return rtc_.tick_at(executor_.now()) + rtc_jump_;
}

void WirePump::set_magnet(bool on) {
  switches_.magnet = on;
  if (greeted_) send(pins::encode(frame_, boot(), switches_));
}

void WirePump::set_link_wired(bool on) {
  switches_.wired = on;
  if (greeted_) send(pins::encode(frame_, boot(), switches_));
}

void WirePump::jump_clock(double seconds) {
  rtc_jump_ += static_cast<Tick>(std::llround(seconds * static_cast<double>(hal::kTicksPerSecond)));
  if (greeted_) send(pins::encode_clock(frame_, boot(), rtc_ticks()));
}

void WirePump::brown_out() {
  if (greeted_) send(pins::encode_reset(frame_, boot(), ResetCause::kBrownOut));
}

void WirePump::hang_firmware() {
  if (greeted_) send(pins::encode_hang(frame_, boot()));
}

void WirePump::note_reset(const pins::Hello& hello, TimePoint at) {
  std::string text = std::string(reset_text(hello.cause)) + ": its last sign came at " + seconds_text(told_);
  if (hello.cause == ResetCause::kWatchdog) text += ", it should have run again at " + seconds_text(deadline_);
  tell(at, "reset", text + ", and it greeted anew at " + seconds_text(at) + " (reset " + std::to_string(hello.boot) + " since power-on)");
}

void WirePump::tell_lateness() {
  if (!greeted_) return;
  tell(executor_.now(), "late",
       std::to_string(late_steps_) + " of " + std::to_string(steps_) + " pulses of the board went out more than 10 ms late, the worst " +
           milliseconds_text(worst_step_) + "; what it told came at worst " + milliseconds_text(worst_frame_) + " later");
}

}  // namespace pumprig::twin
