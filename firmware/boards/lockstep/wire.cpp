#include "firmware/boards/lockstep/wire.h"

#include <algorithm>

namespace pumpfw::lockstep {
namespace {

constexpr std::uint8_t kIdleStepArmed = 1U << 0;
constexpr std::uint8_t kIdleMotorEnabled = 1U << 1;
constexpr std::uint8_t kIdleStartOutlet = 1U << 2;
constexpr std::uint8_t kIdleReset = 1U << 3;
constexpr std::uint8_t kIdleReceiverOn = 1U << 4;
constexpr std::uint8_t kIdleFlags = 0x1F;
constexpr auto kLastCause = static_cast<std::uint8_t>(hal::ResetCause::kBrownOut);
constexpr auto kLastChannel = static_cast<std::uint8_t>(hal::kLastAdcChannel);
constexpr auto kLastTone = static_cast<std::uint8_t>(hal::Tone::kHigh);

// The switches that the logic is told of at every wake.
constexpr std::uint8_t kWakeMagnet = 1U << 0;
constexpr std::uint8_t kWakeWired = 1U << 1;

std::uint8_t flag(bool on, std::uint8_t bit) {
  return on ? bit : std::uint8_t{0};
}

Writer begin_frame(std::span<std::uint8_t> out, const Header& header) {
  Writer w(out);
  w.u8(kMark0);
  w.u8(kMark1);
  w.u8(static_cast<std::uint8_t>(header.kind));
  w.u8(kWireVersion);
  w.u32(header.boot);
  w.u32(header.sequence);
  w.u32(0);
  return w;
}

std::size_t end_frame(std::span<std::uint8_t> out, const Writer& w) {
  if (!w.ok()) return 0;
  Writer(out.subspan(12)).u32(static_cast<std::uint32_t>(w.size() - kHeaderSize));
  return w.size();
}

}  // namespace

void Writer::bytes(std::span<const std::uint8_t> v) {
  ok_ = ok_ && v.size() <= out_.size() - at_;
  if (!ok_) return;
  std::copy(v.begin(), v.end(), out_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ += v.size();
}

void Writer::little(std::uint64_t v, std::size_t width) {
  ok_ = ok_ && width <= out_.size() - at_;
  if (!ok_) return;
  for (std::size_t i = 0; i < width; ++i) out_[at_++] = static_cast<std::uint8_t>(v >> (8 * i));
}

std::span<const std::uint8_t> Reader::bytes(std::size_t size) {
  ok_ = ok_ && size <= in_.size() - at_;
  if (!ok_) return {};
  at_ += size;
  return in_.subspan(at_ - size, size);
}

std::uint64_t Reader::little(std::size_t width) {
  const auto field = bytes(width);
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < field.size(); ++i) v |= static_cast<std::uint64_t>(field[i]) << (8 * i);
  return v;
}

std::size_t encode_empty(std::span<std::uint8_t> out, Header header) {
  return end_frame(out, begin_frame(out, header));
}

std::size_t encode_cause(std::span<std::uint8_t> out, Header header, hal::ResetCause cause) {
  Writer w = begin_frame(out, header);
  w.u8(static_cast<std::uint8_t>(cause));
  return end_frame(out, w);
}

std::size_t encode_idle(std::span<std::uint8_t> out, Header header, const TurnOutput& turn) {
  Writer w = begin_frame(out, header);
  w.u8(static_cast<std::uint8_t>(flag(turn.step_armed, kIdleStepArmed) | flag(turn.motor_enabled, kIdleMotorEnabled) |
                                 flag(turn.start_outlet, kIdleStartOutlet) | flag(turn.reset, kIdleReset) |
                                 flag(turn.receiver_on, kIdleReceiverOn)));
  w.u8(static_cast<std::uint8_t>(turn.start_sense));
  w.u8(static_cast<std::uint8_t>(turn.tone));
  w.u8(static_cast<std::uint8_t>(turn.violation));
  w.u64(turn.deadline);
  w.u64(turn.step_armed ? turn.step_at : 0);
  w.u16(turn.motor_size);
  w.u16(turn.telemetry_size);
  w.bytes(turn.motor_tx());
  w.bytes(turn.telemetry_tx());
  return end_frame(out, w);
}

std::size_t encode_facts(std::span<std::uint8_t> out, Header header, const GuestFacts& facts) {
  Writer w = begin_frame(out, header);
  w.u32(facts.stack_size);
  w.u32(facts.stack_used);
  return end_frame(out, w);
}

std::size_t encode_wake(std::span<std::uint8_t> out, Header header, const WakeInput& input, const StartFacts& start) {
  const hal::Events& e = input.events;
  if (e.motor_rx.size() > kMotorCapacity || e.telemetry_rx.size() > kTelemetryCapacity) return 0;
  Writer w = begin_frame(out, header);
  if (header.kind == Kind::kStart) {
    w.u64(start.entropy_seed);
    for (const char c : start.serial) w.u8(static_cast<std::uint8_t>(c));
    w.bytes(start.image_hash);
    w.u32(start.image_version);
  }
  w.u64(input.now);
  w.u64(input.rtc);
  w.u32(e.flags);
  w.u8(static_cast<std::uint8_t>(e.reset_cause));
  w.u8(static_cast<std::uint8_t>(flag(e.magnet, kWakeMagnet) | flag(e.wired, kWakeWired)));
  w.u64(e.step_at);
  w.u32(static_cast<std::uint32_t>(e.rotor_count));
  w.u16(e.outlet_counts);
  w.u8(static_cast<std::uint8_t>(e.sense_channel));
  w.u16(e.sense_counts);
  w.u16(static_cast<std::uint16_t>(e.motor_rx.size()));
  w.u16(static_cast<std::uint16_t>(e.telemetry_rx.size()));
  w.bytes(e.motor_rx);
  w.bytes(e.telemetry_rx);
  return end_frame(out, w);
}

bool decode_header(std::span<const std::uint8_t> in, Header& header) {
  Reader r(in);
  const bool marked = r.u8() == kMark0 && r.u8() == kMark1;
  header.kind = static_cast<Kind>(r.u8());
  const std::uint8_t version = r.u8();
  header.boot = r.u32();
  header.sequence = r.u32();
  header.length = r.u32();
  return r.ok() && marked && version == kWireVersion && header.length <= kFrameCapacity - kHeaderSize;
}

bool decode_cause(std::span<const std::uint8_t> payload, hal::ResetCause& cause) {
  Reader r(payload);
  const std::uint8_t value = r.u8();
  if (!r.done() || value > kLastCause) return false;
  cause = static_cast<hal::ResetCause>(value);
  return true;
}

bool decode_idle(std::span<const std::uint8_t> payload, TurnOutput& turn) {
  Reader r(payload);
  const std::uint8_t flags = r.u8();
  const std::uint8_t sense = r.u8();
  const std::uint8_t tone = r.u8();
  const std::uint8_t violation = r.u8();
  turn.deadline = r.u64();
  turn.step_at = r.u64();
  const std::uint16_t motor_size = r.u16();
  const std::uint16_t telemetry_size = r.u16();
  if (!r.ok() || flags > kIdleFlags || sense > kLastChannel || tone > kLastTone ||
      violation >= static_cast<std::uint8_t>(Violation::kCount))
    return false;
  if (motor_size > kMotorCapacity || telemetry_size > kTelemetryCapacity) return false;
  const auto motor = r.bytes(motor_size);
  const auto telemetry = r.bytes(telemetry_size);
  if (!r.done()) return false;
  turn.step_armed = (flags & kIdleStepArmed) != 0;
  turn.motor_enabled = (flags & kIdleMotorEnabled) != 0;
  turn.start_outlet = (flags & kIdleStartOutlet) != 0;
  turn.start_sense = static_cast<hal::AdcChannel>(sense);
  turn.reset = (flags & kIdleReset) != 0;
  turn.receiver_on = (flags & kIdleReceiverOn) != 0;
  turn.tone = static_cast<hal::Tone>(tone);
  turn.violation = static_cast<Violation>(violation);
  turn.motor_size = motor_size;
  turn.telemetry_size = telemetry_size;
  std::copy(motor.begin(), motor.end(), turn.motor.begin());
  std::copy(telemetry.begin(), telemetry.end(), turn.telemetry.begin());
  return true;
}

bool decode_facts(std::span<const std::uint8_t> payload, GuestFacts& facts) {
  Reader r(payload);
  facts.stack_size = r.u32();
  facts.stack_used = r.u32();
  return r.done();
}

bool decode_wake(Kind kind, std::span<const std::uint8_t> payload, WakeInput& input, StartFacts& start) {
  Reader r(payload);
  if (kind == Kind::kStart) {
    start.entropy_seed = r.u64();
    for (char& c : start.serial) c = static_cast<char>(r.u8());
    const auto hash = r.bytes(start.image_hash.size());
    std::copy(hash.begin(), hash.end(), start.image_hash.begin());
    start.image_version = r.u32();
  }
  hal::Events& e = input.events;
  input.now = r.u64();
  input.rtc = r.u64();
  e.flags = r.u32();
  const std::uint8_t cause = r.u8();
  const std::uint8_t switches = r.u8();
  e.magnet = (switches & kWakeMagnet) != 0;
  e.wired = (switches & kWakeWired) != 0;
  e.step_at = r.u64();
  e.rotor_count = static_cast<std::int32_t>(r.u32());
  e.outlet_counts = r.u16();
  const std::uint8_t channel = r.u8();
  e.sense_counts = r.u16();
  const std::uint16_t motor_size = r.u16();
  const std::uint16_t telemetry_size = r.u16();
  e.motor_rx = r.bytes(motor_size);
  e.telemetry_rx = r.bytes(telemetry_size);
  if (!r.done() || cause > kLastCause || channel > kLastChannel) return false;
  e.sense_channel = static_cast<hal::AdcChannel>(channel);
  e.reset_cause = static_cast<hal::ResetCause>(cause);
  return true;
}

}  // namespace pumpfw::lockstep
