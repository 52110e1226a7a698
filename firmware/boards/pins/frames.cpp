#include "firmware/boards/pins/frames.h"

#include <algorithm>

#include "firmware/protocol/crc32.h"

namespace pumpfw::pins {
namespace {

using lockstep::Reader;
using lockstep::Writer;

constexpr std::uint8_t kTurnMotor = 1U << 0;
constexpr std::uint8_t kTurnOutlet = 1U << 1;
constexpr std::uint8_t kTurnReset = 1U << 2;
constexpr std::uint8_t kTurnOverrun = 1U << 3;
constexpr std::uint8_t kTurnFlags = 0x0F;
constexpr auto kLastChannel = static_cast<std::uint8_t>(hal::kLastAdcChannel);
constexpr std::size_t kCrcSize = 4;

std::uint8_t flag(bool on, std::uint8_t bit) {
  return on ? bit : std::uint8_t{0};
}

// Lays head and CRC around what `write` puts between them. The largest payload fits, so no frame can fail to.
template <typename Write>
std::size_t frame(std::span<std::uint8_t, kFrameCapacity> out, Kind kind, std::uint8_t boot, Write write) {
  Writer w(out);
  w.u8(kMark);
  w.u8(static_cast<std::uint8_t>(kind));
  w.u8(boot);
  w.u8(0);
  write(w);
  out[3] = static_cast<std::uint8_t>(w.size() - kHeadSize);
  w.u32(protocol::crc32(out.subspan(1, w.size() - 1)));
  return w.ok() ? w.size() : 0;
}

bool is_cause(std::uint8_t v) {
  return v <= static_cast<std::uint8_t>(hal::ResetCause::kBrownOut);
}

std::uint8_t bits_of(const Switches& switches) {
  return static_cast<std::uint8_t>((switches.magnet ? 1 : 0) | (switches.wired ? 2 : 0));
}

bool switches_of(std::uint8_t bits, Switches& switches) {
  switches = {(bits & 1) != 0, (bits & 2) != 0};
  return bits <= 3;
}

}  // namespace

std::size_t encode(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, const Hello& hello) {
  return frame(out, Kind::kHello, boot, [&](Writer& w) {
    w.u32(hello.boot);
    w.u8(static_cast<std::uint8_t>(hello.cause));
  });
}

std::size_t encode(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, const Turn& turn) {
  return frame(out, Kind::kTurn, boot, [&](Writer& w) {
    w.u64(turn.clock);
    w.u64(turn.deadline);
    w.u8(static_cast<std::uint8_t>(flag(turn.motor_enabled, kTurnMotor) | flag(turn.start_outlet, kTurnOutlet) |
                                   flag(turn.reset, kTurnReset) | flag(turn.overrun, kTurnOverrun)));
    w.u8(static_cast<std::uint8_t>(turn.start_sense));
    w.u8(static_cast<std::uint8_t>(turn.tone));
    w.u8(static_cast<std::uint8_t>(turn.violation));
  });
}

std::size_t encode(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, const Step& step) {
  return frame(out, Kind::kStep, boot, [&](Writer& w) {
    w.u64(step.clock);
    w.u64(step.armed);
    w.u32(step.number);
  });
}

std::size_t encode(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, const Start& start) {
  return frame(out, Kind::kStart, boot, [&](Writer& w) {
    w.u64(start.facts.entropy_seed);
    for (const char c : start.facts.serial) w.u8(static_cast<std::uint8_t>(c));
    w.bytes(start.facts.image_hash);
    w.u32(start.facts.image_version);
    w.u64(start.rtc);
    w.u32(static_cast<std::uint32_t>(start.rotor));
    w.u8(bits_of(start.switches));
  });
}

std::size_t encode(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, const Sense& sense) {
  return frame(out, Kind::kSense, boot, [&](Writer& w) {
    w.u8(sense.outlet ? 1 : 0);
    w.u32(sense.step);
    w.u32(static_cast<std::uint32_t>(sense.rotor));
    w.u16(sense.outlet_counts);
    w.u8(static_cast<std::uint8_t>(sense.channel));
    w.u16(sense.sense_counts);
  });
}

std::size_t encode(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, const Switches& switches) {
  return frame(out, Kind::kSwitches, boot, [&](Writer& w) { w.u8(bits_of(switches)); });
}

std::size_t encode_reset(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, hal::ResetCause cause) {
  return frame(out, Kind::kReset, boot, [&](Writer& w) { w.u8(static_cast<std::uint8_t>(cause)); });
}

std::size_t encode_clock(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, hal::Tick rtc) {
  return frame(out, Kind::kClock, boot, [&](Writer& w) { w.u64(rtc); });
}

std::size_t encode_hang(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot) {
  return frame(out, Kind::kHang, boot, [](Writer&) {});
}

bool decode(std::span<const std::uint8_t> payload, Hello& hello) {
  Reader r(payload);
  hello.boot = r.u32();
  const std::uint8_t cause = r.u8();
  hello.cause = static_cast<hal::ResetCause>(cause);
  return r.done() && is_cause(cause);
}

bool decode(std::span<const std::uint8_t> payload, Turn& turn) {
  Reader r(payload);
  turn.clock = r.u64();
  turn.deadline = r.u64();
  const std::uint8_t flags = r.u8();
  const std::uint8_t sense = r.u8();
  const std::uint8_t tone = r.u8();
  const std::uint8_t violation = r.u8();
  turn.motor_enabled = (flags & kTurnMotor) != 0;
  turn.start_outlet = (flags & kTurnOutlet) != 0;
  turn.start_sense = static_cast<hal::AdcChannel>(sense);
  turn.reset = (flags & kTurnReset) != 0;
  turn.overrun = (flags & kTurnOverrun) != 0;
  turn.tone = static_cast<hal::Tone>(tone);
  turn.violation = static_cast<lockstep::Violation>(violation);
  return r.done() && (flags & ~kTurnFlags) == 0 && sense <= kLastChannel && tone <= static_cast<std::uint8_t>(hal::Tone::kHigh) &&
         violation < static_cast<std::uint8_t>(lockstep::Violation::kCount);
}

bool decode(std::span<const std::uint8_t> payload, Step& step) {
  Reader r(payload);
  step.clock = r.u64();
  step.armed = r.u64();
  step.number = r.u32();
  return r.done() && step.number != 0;
}

bool decode(std::span<const std::uint8_t> payload, Start& start) {
  Reader r(payload);
  start.facts.entropy_seed = r.u64();
  for (char& c : start.facts.serial) c = static_cast<char>(r.u8());
  const auto hash = r.bytes(start.facts.image_hash.size());
  std::copy(hash.begin(), hash.end(), start.facts.image_hash.begin());
  start.facts.image_version = r.u32();
  start.rtc = r.u64();
  start.rotor = static_cast<std::int32_t>(r.u32());
  const std::uint8_t switches = r.u8();
  return r.done() && switches_of(switches, start.switches);
}

bool decode(std::span<const std::uint8_t> payload, Sense& sense) {
  Reader r(payload);
  const std::uint8_t outlet = r.u8();
  sense.outlet = outlet != 0;
  sense.step = r.u32();
  sense.rotor = static_cast<std::int32_t>(r.u32());
  sense.outlet_counts = r.u16();
  const std::uint8_t channel = r.u8();
  sense.sense_counts = r.u16();
  sense.channel = static_cast<hal::AdcChannel>(channel);
  return r.done() && outlet <= 1 && channel <= kLastChannel;
}

bool decode(std::span<const std::uint8_t> payload, Switches& switches) {
  return payload.size() == 1 && switches_of(payload[0], switches);
}

bool decode_reset(std::span<const std::uint8_t> payload, hal::ResetCause& cause) {
  if (payload.size() != 1 || !is_cause(payload[0])) return false;
  cause = static_cast<hal::ResetCause>(payload[0]);
  return true;
}

bool decode_clock(std::span<const std::uint8_t> payload, hal::Tick& rtc) {
  Reader r(payload);
  rtc = r.u64();
  return r.done();
}

void Assembler::drop(std::size_t count) {
  std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(count), bytes_.begin() + static_cast<std::ptrdiff_t>(have_), bytes_.begin());
  have_ -= count;
}

void Assembler::put(std::uint8_t byte) {
  if (told_ != 0) {
    drop(told_);
    told_ = 0;
  }
  if (have_ == bytes_.size()) {  // somebody does not call next(): the oldest goes
    drop(1);
    ++passed_over_;
  }
  bytes_[have_++] = byte;
}

std::optional<Frame> Assembler::next() {
  if (told_ != 0) drop(told_);
  told_ = 0;
  while (have_ > 0) {
    const bool begins = bytes_[0] == kMark && (have_ < kHeadSize || bytes_[3] <= kLargestPayload);
    const std::size_t wanted = have_ < kHeadSize ? kHeadSize : kHeadSize + bytes_[3] + kCrcSize;
    if (begins && have_ < wanted) break;
    if (begins) {
      const auto all = std::span<const std::uint8_t>(bytes_).first(wanted);
      lockstep::Reader crc(all.last(kCrcSize));
      if (protocol::crc32(all.subspan(1, wanted - 1 - kCrcSize)) == crc.u32()) {
        told_ = wanted;
        return Frame{static_cast<Kind>(bytes_[1]), bytes_[2], all.subspan(kHeadSize, bytes_[3])};
      }
    }
    drop(1);
    ++passed_over_;
  }
  return std::nullopt;
}

}  // namespace pumpfw::pins
