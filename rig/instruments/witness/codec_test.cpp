#include "rig/instruments/witness/codec.h"

#include <gtest/gtest.h>

#include "rig/base/rng.h"
#include "rig/instruments/witness/clock_map.h"

namespace pumprig::instruments::witness {
namespace {

using namespace std::chrono_literals;

// The check value of CRC-16/CCITT-FALSE over "123456789" as catalogues of CRCs state it.
TEST(WitnessCodec, ChecksumIsThePublishedOne) {
  const Bytes text{'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  EXPECT_EQ(crc16(text), 0x29B1);
}

TEST(WitnessCodec, FramesSurviveAnySegmentationAndNoiseBetweenThem) {
  Rng rng(5);
  for (int round = 0; round < 500; ++round) {
    Bytes wire;
    std::vector<Bytes> sent;
    for (int n = 0; n < 5; ++n) {
      Bytes payload(rng.below(kMaxPayload + 1));
      for (auto& byte : payload) byte = static_cast<std::uint8_t>(rng.below(256));
      // Noise that holds no sync byte cannot swallow a frame.
      for (std::uint64_t k = rng.below(4); k > 0; --k) wire.push_back(static_cast<std::uint8_t>(rng.below(0xA0)));
      write_frame(Type::kEdges, payload, wire);
      sent.push_back(std::move(payload));
    }
    Decoder decoder;
    std::size_t found = 0;
    ByteView rest(wire);
    while (!rest.empty()) {
      ByteView piece = rest.first(std::min<std::size_t>(rest.size(), 1 + rng.below(40)));
      rest = rest.subspan(piece.size());
      for (auto step = decoder.next(piece); step != link::Decoded::kNeedMore; step = decoder.next(piece)) {
        ASSERT_EQ(step, link::Decoded::kFrame);
        ASSERT_LT(found, sent.size());
        EXPECT_TRUE(std::ranges::equal(decoder.frame().payload, sent[found++]));
      }
    }
    EXPECT_EQ(found, sent.size());
  }
}

TEST(WitnessCodec, PayloadsGoBothWaysAndWrongLengthsAreRefused) {
  Totals totals;
  ASSERT_TRUE(decode(encode(Totals{7, 123'456'789'012, 40'000, -3, 2, 1}), totals));
  EXPECT_EQ(totals.sequence, 7);
  EXPECT_EQ(totals.time, 123'456'789'012U);
  EXPECT_EQ(totals.steps, 40'000U);
  EXPECT_EQ(totals.rotor, -3);
  EXPECT_EQ(totals.alarm, 2);
  EXPECT_EQ(totals.lost, 1U);
  EXPECT_FALSE(decode(Bytes(22), totals));
  Bytes edges;
  put_le16(edges, 9);
  put_edge(edges, {Pin::kAlarmHigh, false, 55, 6});
  ASSERT_EQ(edge_count(edges), 1U);
  EXPECT_EQ(get_edge(edges, 0).pin, Pin::kAlarmHigh);
  EXPECT_FALSE(get_edge(edges, 0).rising);
  EXPECT_EQ(get_edge(edges, 0).time, 55U);
  edges[2] = 4;  // no such pin
  EXPECT_EQ(edge_count(edges), 0U);
}

// A clock that runs 50 ppm fast, exchanges of up to 2 ms, unevenly held up: every mapped instant lies within its stated bound.
TEST(WitnessClockMap, MappedInstantsLieWithinTheBound) {
  Rng rng(9);
  ClockMap map;
  const auto ticks = [](TimePoint t) { return static_cast<std::uint64_t>((to_seconds(t) * (1 + 50e-6) + 77) * 1e6); };
  for (TimePoint t = kRunStart + 1s; t < kRunStart + 10min; t += 10s) {
    const auto before = Duration(static_cast<std::int64_t>(rng.below(1'000'000)));
    const auto after = Duration(static_cast<std::int64_t>(rng.below(1'000'000)));
    map.add(ticks(t), t - before, t + after);
    const TimePoint edge = t + 3s;
    const Stamped mapped = map.to_rig(ticks(edge));
    EXPECT_LE(std::abs((mapped.at - edge).count()), mapped.bound.count()) << to_seconds(t);
    if (t > kRunStart + 5min) {
      EXPECT_LT(mapped.bound, 300us);
    }
  }
}

}  // namespace
}  // namespace pumprig::instruments::witness
