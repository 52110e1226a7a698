#include "firmware/protocol/frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "firmware/protocol/crc32.h"

namespace pumpfw::protocol {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes frame(const Bytes& payload) {
  Bytes out(kMaxFrame);
  out.resize(encode_frame(payload, out));
  return out;
}

std::vector<Bytes> feed(FrameDecoder& decoder, const Bytes& bytes) {
  std::vector<Bytes> frames;
  for (const std::uint8_t byte : bytes) {
    if (decoder.push(byte)) frames.emplace_back(decoder.payload().begin(), decoder.payload().end());
  }
  return frames;
}

Bytes random_bytes(std::mt19937& rng, std::size_t size, unsigned zero_in) {
  Bytes bytes(size);
  for (auto& byte : bytes) byte = rng() % zero_in == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(rng());
  return bytes;
}

TEST(Crc32, HasThePublishedCheckValue) {
  const std::string digits = "123456789";
  const Bytes bytes(digits.begin(), digits.end());
  EXPECT_EQ(crc32(bytes), 0xCBF43926U);
  EXPECT_EQ(crc32(std::span(bytes).subspan(4), crc32(std::span(bytes).first(4))), 0xCBF43926U);
}

TEST(Frame, EveryLengthAndContentComesBackAndHoldsNoInnerZero) {
  std::mt19937 rng(1);
  FrameDecoder decoder;
  for (std::size_t size = 1; size <= kMaxPayload; ++size) {
    for (const unsigned zero_in : {2U, 40U, 1000000U}) {
      const Bytes payload = random_bytes(rng, size, zero_in);
      const Bytes wire = frame(payload);
      ASSERT_LE(wire.size(), frame_size(size));
      ASSERT_EQ(std::count(wire.begin(), wire.end(), 0), 2);
      const auto frames = feed(decoder, wire);
      ASSERT_EQ(frames.size(), 1U) << size;
      ASSERT_EQ(frames[0], payload);
    }
  }
  EXPECT_EQ(decoder.counters().errors(), 0U);
}

TEST(Frame, PayloadOfNoneOrTooManyBytesOrNoRoomIsNotEncoded) {
  Bytes out(kMaxFrame);
  EXPECT_EQ(encode_frame({}, out), 0U);
  EXPECT_EQ(encode_frame(Bytes(kMaxPayload + 1, 1), out), 0U);
  EXPECT_EQ(encode_frame(Bytes(10, 1), std::span(out).first(frame_size(10) - 1)), 0U);
}

TEST(Frame, ReceiverThatStartsInTheMiddleIsInStepAtTheNextFrame) {
  const Bytes first = frame({1, 0, 2, 0, 3}), second = frame({4, 5, 6});
  for (std::size_t cut = 1; cut < first.size(); ++cut) {
    FrameDecoder decoder;
    Bytes stream(first.begin() + static_cast<std::ptrdiff_t>(cut), first.end());
    stream.insert(stream.end(), second.begin(), second.end());
    const auto frames = feed(decoder, stream);
    ASSERT_FALSE(frames.empty());
    EXPECT_EQ(frames.back(), (Bytes{4, 5, 6}));
  }
}

TEST(Frame, CutFrameCostsOnlyItself) {
  const Bytes first = frame({9, 8, 7, 0, 6}), second = frame({4, 5, 6});
  for (std::size_t keep = 2; keep + 1 < first.size(); ++keep) {
    FrameDecoder decoder;
    Bytes stream(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(keep));
    stream.insert(stream.end(), second.begin(), second.end());
    EXPECT_EQ(feed(decoder, stream), (std::vector<Bytes>{{4, 5, 6}})) << keep;
    EXPECT_EQ(decoder.counters().errors(), 1U) << keep;
  }
}

TEST(Frame, EveryFlippedBitIsSeen) {
  const Bytes payload{1, 2, 0, 0, 3, 255, 0};
  const Bytes good = frame(payload);
  for (std::size_t bit = 8; bit < 8 * (good.size() - 1); ++bit) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
    FrameDecoder decoder;
    EXPECT_TRUE(feed(decoder, bad).empty()) << bit;
    EXPECT_GE(decoder.counters().errors(), 1U) << bit;
  }
}

TEST(Frame, EachKindOfErrorIsCountedAsItself) {
  FrameDecoder decoder;
  feed(decoder, {0, 0, 0});
  EXPECT_EQ(decoder.counters().errors(), 0U) << "nothing between zeros is no error";
  feed(decoder, {1, 1, 1, 1, 1, 0});
  EXPECT_EQ(decoder.counters().too_short, 1U);
  feed(decoder, {9, 1, 1, 0});
  EXPECT_EQ(decoder.counters().cut, 1U);
  Bytes damaged = frame({1, 2, 3});
  damaged[2] ^= 0x40;
  feed(decoder, damaged);
  EXPECT_EQ(decoder.counters().bad_crc, 1U);
  feed(decoder, Bytes(kMaxPayload + 20, 1));
  feed(decoder, {0});
  EXPECT_EQ(decoder.counters().too_long, 1U);
  EXPECT_EQ(feed(decoder, frame({7})), (std::vector<Bytes>{{7}}));
}

TEST(Frame, ReaderTakesTheShorterFormOfAFullBlock) {
  // Many COBS writers end a block of 254 bytes without an empty block after it.
  Bytes payload(250);
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<std::uint8_t>(1 + i % 200);
  std::uint32_t crc = 0;
  do {  // until no byte of the CRC is zero
    payload[0] = static_cast<std::uint8_t>(payload[0] + 1);
    crc = crc32(payload);
  } while ((crc & 0xFF) == 0 || (crc >> 8 & 0xFF) == 0 || (crc >> 16 & 0xFF) == 0 || crc >> 24 == 0);
  Bytes wire{0, 255};
  wire.insert(wire.end(), payload.begin(), payload.end());
  for (unsigned i = 0; i < 4; ++i) wire.push_back(static_cast<std::uint8_t>(crc >> (8 * i)));
  wire.push_back(0);
  FrameDecoder decoder;
  EXPECT_EQ(feed(decoder, wire), (std::vector<Bytes>{payload}));
}

}  // namespace
}  // namespace pumpfw::protocol
