#include "firmware/boards/pins/frames.h"

#include <gtest/gtest.h>

#include <vector>

#include "rig/base/bytes.h"
#include "rig/base/rng.h"

namespace pumpfw::pins {
namespace {

using pumpfw::hal::AdcChannel;
using pumpfw::hal::ResetCause;
using pumprig::Bytes;
using pumprig::ByteView;
using pumprig::Rng;
using pumprig::to_hex;

template <typename Fields>
Bytes frame_of(std::uint8_t boot, const Fields& fields) {
  std::array<std::uint8_t, kFrameCapacity> out{};
  return Bytes(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(encode(out, boot, fields)));
}

struct Seen {
  Kind kind;
  std::uint8_t boot;
  Bytes payload;
};

std::vector<Seen> assemble(ByteView stream, Assembler& assembler) {
  std::vector<Seen> out;
  for (const std::uint8_t byte : stream) {
    assembler.put(byte);
    while (const auto frame = assembler.next()) {
      out.push_back({frame->kind, frame->boot, Bytes(frame->payload.begin(), frame->payload.end())});
    }
  }
  return out;
}

// By hand from the layout in frames.h; the CRC-32 by zlib.
TEST(PinFrames, AHelloHasTheBytesOfItsLayout) {
  EXPECT_EQ(to_hex(frame_of(3, Hello{0x01020304, ResetCause::kWatchdog})), "C5 01 03 05 04 03 02 01 02 F4 D9 09 DB");
}

TEST(PinFrames, EveryFieldComesThrough) {
  const Step step{0x0102030405060708, 0x1112131415161718, 0x21222324};
  const Sense sense{true, 77, -5, 4095, AdcChannel::kTemperature, 870};
  Turn turn;
  turn.clock = 25'000'000;
  turn.deadline = 32768;
  turn.motor_enabled = turn.overrun = true;
  turn.start_sense = AdcChannel::kReservoir;
  turn.tone = pumpfw::hal::Tone::kHigh;
  turn.violation = pumpfw::lockstep::Violation::kNvmRange;
  Bytes stream = frame_of(1, step);
  const Bytes second = frame_of(1, sense);
  const Bytes third = frame_of(2, turn);
  stream.insert(stream.end(), second.begin(), second.end());
  stream.insert(stream.end(), third.begin(), third.end());
  Assembler assembler;
  const auto seen = assemble(stream, assembler);
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(assembler.passed_over(), 0U);
  Step step_again;
  ASSERT_TRUE(decode(seen[0].payload, step_again));
  EXPECT_EQ(step_again.clock, step.clock);
  EXPECT_EQ(step_again.armed, step.armed);
  EXPECT_EQ(step_again.number, step.number);
  Sense sense_again;
  ASSERT_TRUE(decode(seen[1].payload, sense_again));
  EXPECT_TRUE(sense_again.outlet);
  EXPECT_EQ(sense_again.channel, AdcChannel::kTemperature);
  EXPECT_EQ(sense_again.step, 77U);
  EXPECT_EQ(sense_again.rotor, -5);
  EXPECT_EQ(sense_again.outlet_counts, 4095);
  EXPECT_EQ(sense_again.sense_counts, 870);
  EXPECT_EQ(seen[2].boot, 2);
  Turn turn_again;
  ASSERT_TRUE(decode(seen[2].payload, turn_again));
  EXPECT_TRUE(turn_again.motor_enabled && turn_again.overrun);
  EXPECT_EQ(turn_again.start_sense, AdcChannel::kReservoir);
  EXPECT_FALSE(turn_again.start_outlet || turn_again.reset);
  EXPECT_EQ(turn_again.tone, turn.tone);
  EXPECT_EQ(turn_again.violation, turn.violation);
}

TEST(PinFrames, AFrameThatAResetCutDoesNotSwallowTheHelloBehindItsFiller) {
  const Bytes cut = frame_of(1, Turn{});
  const Bytes hello = frame_of(2, Hello{2, ResetCause::kWatchdog});
  for (std::size_t kept = 0; kept < cut.size(); ++kept) {
    Bytes stream(cut.begin(), cut.begin() + static_cast<std::ptrdiff_t>(kept));
    stream.insert(stream.end(), kFiller, 0);
    stream.insert(stream.end(), hello.begin(), hello.end());
    Assembler assembler;
    const auto seen = assemble(stream, assembler);
    ASSERT_EQ(seen.size(), 1U) << kept;
    EXPECT_EQ(seen[0].kind, Kind::kHello);
    EXPECT_EQ(assembler.passed_over(), kept + kFiller);
  }
}

TEST(PinFrames, ADamagedFrameIsPassedOverAndThoseBehindItAreFoundAgain) {
  Rng rng(5);
  for (int round = 0; round < 2000; ++round) {
    Bytes stream = frame_of(1, Step{rng.next(), rng.next(), 1});
    const std::size_t at = rng.below(stream.size());
    stream[at] = static_cast<std::uint8_t>(stream[at] ^ (1U << rng.below(8)));
    for (std::uint32_t number = 2; number < 8; ++number) {
      const Bytes good = frame_of(1, Step{rng.next(), rng.next(), number});
      stream.insert(stream.end(), good.begin(), good.end());
    }
    Assembler assembler;
    const auto seen = assemble(stream, assembler);
    ASSERT_EQ(seen.size(), 6U) << round;
    Step step;
    ASSERT_TRUE(decode(seen[0].payload, step));
    EXPECT_EQ(step.number, 2U);
  }
}

TEST(PinFrames, APayloadOfAnotherLengthOrWithAWordThatThereIsNotIsRefused) {
  const Bytes hello = frame_of(0, Hello{1, ResetCause::kPin});
  Bytes payload(hello.begin() + kHeadSize, hello.end() - 4);
  Hello out;
  EXPECT_TRUE(decode(payload, out));
  payload.back() = 9;
  EXPECT_FALSE(decode(payload, out));
  payload.pop_back();
  EXPECT_FALSE(decode(payload, out));
  Step step;
  EXPECT_FALSE(decode(Bytes(20, 0), step));  // pulses are counted from 1
}

}  // namespace
}  // namespace pumpfw::pins
