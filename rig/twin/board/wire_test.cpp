// The lockstep frames: what one side writes the other reads, and nothing else is taken for a frame.
#include <gtest/gtest.h>

#include <algorithm>

#include "firmware/boards/lockstep/wire.h"
#include "rig/base/bytes.h"
#include "rig/base/rng.h"

namespace pumprig::twin {
namespace {

using namespace pumpfw::lockstep;
using namespace pumpfw::hal;

Bytes random_bytes(Rng& rng, std::size_t size) {
  Bytes out(size);
  for (auto& b : out) b = static_cast<std::uint8_t>(rng.next());
  return out;
}

TurnOutput random_turn(Rng& rng) {
  TurnOutput turn;
  turn.deadline = rng.next();
  turn.step_armed = rng.below(2) != 0;
  turn.step_at = turn.step_armed ? rng.next() : 0;
  turn.motor_enabled = rng.below(2) != 0;
  turn.receiver_on = rng.below(2) != 0;
  turn.start_outlet = rng.below(2) != 0;
  turn.start_sense = static_cast<AdcChannel>(rng.below(5));
  turn.reset = rng.below(2) != 0;
  turn.tone = static_cast<Tone>(rng.below(3));
  turn.violation = static_cast<Violation>(rng.below(static_cast<std::uint64_t>(Violation::kCount)));
  turn.motor_size = static_cast<std::uint16_t>(rng.below(kMotorCapacity + 1));
  turn.telemetry_size = static_cast<std::uint16_t>(rng.below(kTelemetryCapacity + 1));
  std::ranges::copy(random_bytes(rng, turn.motor_size), turn.motor.begin());
  std::ranges::copy(random_bytes(rng, turn.telemetry_size), turn.telemetry.begin());
  return turn;
}

class Frame {
 public:
  std::span<std::uint8_t> space() { return buffer_; }
  void keep(std::size_t size) { size_ = size; }
  ByteView all() const { return ByteView(buffer_).first(size_); }
  ByteView payload() const { return all().subspan(kHeaderSize); }

 private:
  std::array<std::uint8_t, kFrameCapacity> buffer_{};
  std::size_t size_ = 0;
};

TEST(LockstepWire, AnIdleFrameBringsEveryOutputOver) {
  Rng rng(1);
  for (int i = 0; i < 2000; ++i) {
    const TurnOutput sent = random_turn(rng);
    const Header head{Kind::kIdle, static_cast<std::uint32_t>(rng.next()), static_cast<std::uint32_t>(rng.next()), 0};
    Frame frame;
    frame.keep(encode_idle(frame.space(), head, sent));
    Header got_head;
    ASSERT_TRUE(decode_header(frame.all(), got_head));
    EXPECT_EQ(got_head.boot, head.boot);
    EXPECT_EQ(got_head.sequence, head.sequence);
    EXPECT_EQ(got_head.length, frame.payload().size());
    TurnOutput got;
    ASSERT_TRUE(decode_idle(frame.payload(), got));
    EXPECT_EQ(got.deadline, sent.deadline);
    EXPECT_EQ(got.step_armed, sent.step_armed);
    EXPECT_EQ(got.step_at, sent.step_at);
    EXPECT_EQ(got.motor_enabled, sent.motor_enabled);
    EXPECT_EQ(got.receiver_on, sent.receiver_on);
    EXPECT_EQ(got.start_outlet, sent.start_outlet);
    EXPECT_EQ(got.start_sense, sent.start_sense);
    EXPECT_EQ(got.reset, sent.reset);
    EXPECT_EQ(got.tone, sent.tone);
    EXPECT_EQ(got.violation, sent.violation);
    EXPECT_TRUE(std::ranges::equal(got.motor_tx(), sent.motor_tx()));
    EXPECT_TRUE(std::ranges::equal(got.telemetry_tx(), sent.telemetry_tx()));
  }
}

TEST(LockstepWire, AWakeFrameBringsEveryInputOver) {
  Rng rng(2);
  for (int i = 0; i < 2000; ++i) {
    const Bytes motor = random_bytes(rng, rng.below(kMotorCapacity + 1));
    const Bytes telemetry = random_bytes(rng, rng.below(kTelemetryCapacity + 1));
    StartFacts facts{rng.next(), {"VB-1"}, {}, static_cast<std::uint32_t>(rng.next())};
    std::ranges::copy(random_bytes(rng, 32), facts.image_hash.begin());
    WakeInput sent{rng.next(), rng.next(), {}};
    sent.events.flags = static_cast<std::uint32_t>(rng.next());
    sent.events.reset_cause = static_cast<ResetCause>(rng.below(5));
    sent.events.step_at = rng.next();
    sent.events.rotor_count = static_cast<std::int32_t>(rng.next());
    sent.events.outlet_counts = static_cast<std::uint16_t>(rng.next());
    sent.events.sense_channel = static_cast<AdcChannel>(rng.below(5));
    sent.events.sense_counts = static_cast<std::uint16_t>(rng.next());
    sent.events.magnet = rng.below(2) != 0;
    sent.events.wired = rng.below(2) != 0;
    sent.events.motor_rx = motor;
    sent.events.telemetry_rx = telemetry;
    const Kind kind = rng.below(2) != 0 ? Kind::kStart : Kind::kRun;
    Frame frame;
    frame.keep(encode_wake(frame.space(), {kind, 1, 2, 0}, sent, facts));
    WakeInput got;
    StartFacts got_facts;
    ASSERT_TRUE(decode_wake(kind, frame.payload(), got, got_facts));
    if (kind == Kind::kStart) {
      EXPECT_EQ(got_facts.entropy_seed, facts.entropy_seed);
      EXPECT_EQ(got_facts.serial, facts.serial);
      EXPECT_EQ(got_facts.image_hash, facts.image_hash);
      EXPECT_EQ(got_facts.image_version, facts.image_version);
    }
    EXPECT_EQ(got.now, sent.now);
    EXPECT_EQ(got.rtc, sent.rtc);
    EXPECT_EQ(got.events.flags, sent.events.flags);
    EXPECT_EQ(got.events.reset_cause, sent.events.reset_cause);
    EXPECT_EQ(got.events.step_at, sent.events.step_at);
    EXPECT_EQ(got.events.rotor_count, sent.events.rotor_count);
    EXPECT_EQ(got.events.outlet_counts, sent.events.outlet_counts);
    EXPECT_EQ(got.events.sense_channel, sent.events.sense_channel);
    EXPECT_EQ(got.events.sense_counts, sent.events.sense_counts);
    EXPECT_EQ(got.events.magnet, sent.events.magnet);
    EXPECT_EQ(got.events.wired, sent.events.wired);
    EXPECT_TRUE(std::ranges::equal(got.events.motor_rx, motor));
    EXPECT_TRUE(std::ranges::equal(got.events.telemetry_rx, telemetry));
  }
}

TEST(LockstepWire, TheBytesOfAFrameStandWhereTheHeaderDrawsThem) {
  Frame frame;
  frame.keep(encode_cause(frame.space(), {Kind::kReset, 0x01020304, 0x0A0B0C0D, 0}, ResetCause::kWatchdog));
  EXPECT_EQ(to_hex(frame.all()), "50 4C 13 05 04 03 02 01 0D 0C 0B 0A 01 00 00 00 02");
  frame.keep(encode_empty(frame.space(), {Kind::kQuery, 0, 7, 0}));
  EXPECT_EQ(to_hex(frame.all()), "50 4C 14 05 00 00 00 00 07 00 00 00 00 00 00 00");
}

TEST(LockstepWire, ACutOrLengthenedPayloadIsRefused) {
  Rng rng(3);
  const TurnOutput turn = random_turn(rng);
  Frame frame;
  frame.keep(encode_idle(frame.space(), {Kind::kIdle, 0, 1, 0}, turn));
  TurnOutput got;
  for (std::size_t n = 0; n < frame.payload().size(); ++n) EXPECT_FALSE(decode_idle(frame.payload().first(n), got));
  Bytes longer(frame.payload().begin(), frame.payload().end());
  longer.push_back(0);
  EXPECT_FALSE(decode_idle(longer, got));
}

TEST(LockstepWire, ValuesWithoutMeaningAreRefused) {
  Frame frame;
  const TurnOutput turn{};
  frame.keep(encode_idle(frame.space(), {Kind::kIdle, 0, 1, 0}, turn));
  for (const auto& [at, value] : {std::pair{0, 0x20}, {1, 5}, {2, 3}, {3, static_cast<int>(Violation::kCount)}}) {
    Bytes wrong(frame.payload().begin(), frame.payload().end());
    wrong[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(value);
    TurnOutput got;
    EXPECT_FALSE(decode_idle(wrong, got)) << at;
  }
  ResetCause cause{};
  EXPECT_FALSE(decode_cause(Bytes{5}, cause));
  Header header;
  Bytes head(frame.all().begin(), frame.all().end());
  head[3] = kWireVersion + 1;
  EXPECT_FALSE(decode_header(head, header)) << "another version of the wire";
  head[3] = kWireVersion;
  head[14] = 0xFF;
  EXPECT_FALSE(decode_header(head, header)) << "longer than any frame";
}

TEST(LockstepWire, AFrameThatDoesNotFitIsNotWritten) {
  const TurnOutput turn{};
  std::array<std::uint8_t, 20> small{};
  EXPECT_EQ(encode_idle(small, {Kind::kIdle, 0, 1, 0}, turn), 0U);
  Frame frame;
  const Bytes much(kTelemetryCapacity + 1);
  WakeInput input;
  input.events.telemetry_rx = much;
  EXPECT_EQ(encode_wake(frame.space(), {Kind::kRun, 0, 1, 0}, input, {}), 0U);
}

}  // namespace
}  // namespace pumprig::twin
