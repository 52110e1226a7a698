#include "rig/record/codec.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "rig/base/rng.h"
#include "rig/record/link_codec.h"
#include "rig/record/pack.h"

namespace pumprig::record {
namespace {

Bytes pack(const Columns& samples, double resolution = 0) {
  SamplePacker packer;
  Bytes out;
  packer.pack(samples, resolution, out);
  return out;
}

void expect_same(const Columns& a, const Columns& b) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(a.t, b.t);
  EXPECT_EQ(a.flags, b.flags);
  EXPECT_EQ(a.window, b.window);
  EXPECT_EQ(a.ask_before, b.ask_before);
  EXPECT_EQ(a.reply_after, b.reply_after);
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(std::bit_cast<std::uint64_t>(a.value[i]), std::bit_cast<std::uint64_t>(b.value[i])) << "value " << i;
  }
}

void expect_round_trip(const Columns& samples, double resolution = 0) {
  const auto back = unpack_samples(pack(samples, resolution));
  ASSERT_TRUE(back) << back.error().describe();
  expect_same(samples, *back);
}

Columns from_values(const std::vector<double>& values) {
  Columns out;
  for (std::size_t i = 0; i < values.size(); ++i) out.push(Sample::point(at_ns(static_cast<std::int64_t>(i) * 1'000'000'000), values[i]));
  return out;
}

TEST(SamplePackerTest, RegularScaledSamplesTakeFewBytes) {
  std::vector<double> values;
  for (int i = 0; i < 600; ++i) values.push_back((i % 7) / 13.0);
  const auto samples = from_values(values);
  const auto packed = pack(samples, 1.0 / 13.0);
  EXPECT_LT(packed.size(), 600 + 60);  // one byte a value, and hardly anything for the rest
  expect_round_trip(samples, 1.0 / 13.0);
}

TEST(SamplePackerTest, EveryBitOfAnyDoubleComesBack) {
  expect_round_trip(from_values({0.0, -0.0, 1.0}));
  expect_round_trip(from_values(
      {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::quiet_NaN(), std::bit_cast<double>(0x7FF0000000000123ULL)}));
  expect_round_trip(from_values({std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), 1e308, 5e-324}));
  expect_round_trip(from_values({9007199254740993.0, 9007199254740991.0, -9007199254740992.0}));
  expect_round_trip(from_values({0.1, 0.2, 0.30000000000000004}));
}

TEST(SamplePackerTest, AHintThatDoesNotFitLosesNothing) {
  for (const double resolution :
       {1e-300, 1e300, -1.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(), 0.3}) {
    expect_round_trip(from_values({0.1, 7, 1e17, -3.25}), resolution);
  }
}

TEST(SamplePackerTest, RandomSamplesComeBackWhateverTheyAre) {
  Rng rng(11);
  for (int round = 0; round < 400; ++round) {
    Columns samples;
    const auto n = 1 + rng.below(round % 20 == 0 ? kMaxSamplesInChunk : 50);
    const auto style = rng.below(5);
    for (std::uint64_t i = 0; i < n; ++i) {
      Sample s;
      const auto any = [&] { return static_cast<std::int64_t>(rng.next() >> rng.below(64)) * (rng.below(2) == 0 ? 1 : -1); };
      s.t = at_ns(style == 0 ? any() : static_cast<std::int64_t>(i * 20'000'000 + rng.below(1000)));
      s.window = Duration{style == 1 ? any() : 20'000'000};
      s.requested = style == 2 ? at_ns(any()) : s.t;
      s.replied = style == 2 ? at_ns(any()) : s.t;
      s.flags = static_cast<std::uint8_t>(style == 3 ? rng.below(8) : 1);
      if (style == 4) {
        s.value = std::bit_cast<double>(rng.next());
      } else {
        s.value = rng.below(2) == 0 ? static_cast<double>(any()) / 100.0 : static_cast<double>(static_cast<float>(rng.normal()));
      }
      samples.push(s);
    }
    expect_round_trip(samples, rng.below(2) == 0 ? 0.01 : 0.0);
  }
}

TEST(SamplePackerTest, DifferentSamplesNeverHaveTheSamePackedForm) {
  const auto base = from_values({1, 2, 3});
  auto other = base;
  other.flags[1] = 0;
  EXPECT_NE(pack(base), pack(other));
  other = base;
  other.value[2] = std::nextafter(3.0, 4.0);
  EXPECT_NE(pack(base), pack(other));
  other = base;
  other.reply_after[0] = 1;
  EXPECT_NE(pack(base), pack(other));
}

TEST(SamplePackerTest, DamagedChunksAreRefusedOrDecodeToSomethingButNeverCrash) {
  const auto packed = pack(from_values({0.1, 0.25, 1e9, -4, 0.7}));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_FALSE(unpack_samples(ByteView(packed).first(size))) << size;
  }
  Rng rng(3);
  for (int round = 0; round < 20000; ++round) {
    auto damaged = packed;
    for (std::uint64_t i = 0; i <= rng.below(4); ++i) damaged[rng.below(damaged.size())] = static_cast<std::uint8_t>(rng.next());
    const auto back = unpack_samples(damaged);
    if (back) {
      EXPECT_LE(back->size(), kMaxSamplesInChunk);
    }
  }
}

TEST(PackTest, VarintsComeBackAndOverlongOnesAreRefused) {
  for (const std::uint64_t v : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    Bytes bytes;
    put_varint(bytes, v);
    PackReader in(bytes);
    EXPECT_EQ(in.varint().value(), v);
    EXPECT_TRUE(in.done());
  }
  const Bytes overlong(11, 0xFF);
  EXPECT_FALSE(PackReader(overlong).varint());
  for (const std::int64_t v : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, INT64_MAX}) EXPECT_EQ(unzigzag(zigzag(v)), v);
  EXPECT_EQ(zigzag(-1), 1U);
  EXPECT_EQ(zigzag(1), 2U);
}

TEST(CompressorTest, BytesComeBackAndDamageIsFound) {
  Compressor compressor;
  Bytes packed(5000);
  for (std::size_t i = 0; i < packed.size(); ++i) packed[i] = static_cast<std::uint8_t>(i / 100);
  Bytes stored;
  ASSERT_EQ(compressor.compress(packed, stored), Storage::kZstd);
  EXPECT_LT(stored.size(), packed.size() / 4);
  EXPECT_EQ(compressor.decompress(Storage::kZstd, stored).value(), packed);
  EXPECT_FALSE(compressor.decompress(Storage::kZstd, ByteView(stored).first(stored.size() / 2)));
  EXPECT_FALSE(compressor.decompress(static_cast<Storage>(7), stored));
  EXPECT_FALSE(compressor.decompress(Storage::kZstd, ByteView()));
}

TEST(CompressorTest, WhatDoesNotCompressIsKeptPlain) {
  Rng rng(5);
  Bytes packed(1000);
  for (auto& b : packed) b = static_cast<std::uint8_t>(rng.next());
  Compressor compressor;
  Bytes stored;
  EXPECT_EQ(compressor.compress(packed, stored), Storage::kPlain);
  EXPECT_EQ(stored, packed);
  EXPECT_EQ(compressor.decompress(Storage::kPlain, stored).value(), packed);
}

TEST(CompressorTest, AFrameThatClaimsToBeHugeIsRefusedBeforeMemoryIsTaken) {
  // zstd frame header by RFC 8878: magic, descriptor 0xE0 (single segment, 8-byte content size), content size 2^40.
  const auto frame = *from_hex("28 B5 2F FD E0 00 00 00 00 00 01 00 00 01 00 00");
  const auto got = Compressor().decompress(Storage::kZstd, frame);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kCorrupt);
}

TEST(LinkCodecTest, TransfersComeBackInOrderWithDirectionAndInstant) {
  Rng rng(9);
  LinkColumns transfers;
  std::int64_t t = -5;
  for (int i = 0; i < 1000; ++i) {
    Bytes bytes(rng.below(60));
    for (auto& b : bytes) b = static_cast<std::uint8_t>(rng.next());
    transfers.push(at_ns(t), rng.below(2) == 0 ? Direction::kSent : Direction::kReceived, bytes);
    t += static_cast<std::int64_t>(rng.below(1'000'000'000));
  }
  std::vector<std::uint64_t> scratch;
  Bytes packed;
  pack_link(transfers, scratch, packed);
  const auto back = unpack_link(packed);
  ASSERT_TRUE(back) << back.error().describe();
  EXPECT_EQ(back->t, transfers.t);
  EXPECT_EQ(back->header, transfers.header);
  EXPECT_EQ(back->data, transfers.data);
  for (int round = 0; round < 3000; ++round) {
    auto damaged = packed;
    damaged[rng.below(std::min<std::size_t>(damaged.size(), 6000))] ^= static_cast<std::uint8_t>(1U << rng.below(8));
    const auto got = unpack_link(damaged);
    if (got) {
      EXPECT_EQ(got->data.size(), transfers.data.size());
    }
  }
}

}  // namespace
}  // namespace pumprig::record
