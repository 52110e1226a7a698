#include "rig/instruments/sensirion_shdlc/codec.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "rig/base/rng.h"
#include "rig/json/document.h"

namespace pumprig::instruments::sensirion_shdlc {
namespace {

json::Document vectors() {
  const std::string file = PUMPRIG_KIND_DIR "/sensirion_shdlc/vectors.json";
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  auto document = json::Document::parse(text.str(), file);
  EXPECT_TRUE(document) << file;
  return std::move(*document);
}

std::string text_of(const json::Node& node, std::string_view key) {
  return node.find(key)->value.text;
}
int number_of(const json::Node& node, std::string_view key) {
  return static_cast<int>(node.find(key)->value.number);
}

template <typename Decoder>
std::vector<link::Decoded> decode_all(Decoder& decoder, ByteView input) {
  std::vector<link::Decoded> steps;
  for (auto step = decoder.next(input); step != link::Decoded::kNeedMore; step = decoder.next(input)) steps.push_back(step);
  return steps;
}

TEST(SensirionCodec, PublishedFramesAreReadAndWrittenByteForByte) {
  const auto document = vectors();
  int requests = 0;
  int replies = 0;
  for (const json::Node& vector : document.root().find("valid")->value.items) {
    const Bytes frame = from_hex(text_of(vector, "frame")).value();
    if (const auto* as = vector.find("request")) {
      ++requests;
      RequestDecoder decoder;
      ASSERT_EQ(decode_all(decoder, frame), std::vector{link::Decoded::kFrame}) << to_hex(frame);
      EXPECT_EQ(decoder.frame().address, number_of(as->value, "address"));
      EXPECT_EQ(to_hex(ByteView(&decoder.frame().command, 1)), text_of(as->value, "command"));
      EXPECT_EQ(to_hex(decoder.frame().data), text_of(as->value, "data"));
      Bytes again;
      encode(decoder.frame(), again);
      EXPECT_EQ(to_hex(again), to_hex(frame));
    }
    if (const auto* as = vector.find("reply")) {
      ++replies;
      ReplyDecoder decoder;
      ASSERT_EQ(decode_all(decoder, frame), std::vector{link::Decoded::kFrame}) << to_hex(frame);
      EXPECT_EQ(decoder.frame().address, number_of(as->value, "address"));
      EXPECT_EQ(to_hex(ByteView(&decoder.frame().command, 1)), text_of(as->value, "command"));
      EXPECT_EQ(decoder.frame().error, number_of(as->value, "error_code"));
      EXPECT_EQ(decoder.frame().device_error, as->value.find("device_error_flag")->value.boolean);
      EXPECT_EQ(to_hex(decoder.frame().data), text_of(as->value, "data"));
      Bytes again;
      encode(decoder.frame(), again);
      EXPECT_EQ(to_hex(again), to_hex(frame));
    }
  }
  EXPECT_EQ(requests, 21);
  EXPECT_EQ(replies, 22);
}

TEST(SensirionCodec, PublishedDamagedFramesAreRefusedForTheirReason) {
  const auto document = vectors();
  for (const json::Node& vector : document.root().find("invalid")->value.items) {
    ReplyDecoder decoder;
    EXPECT_EQ(decode_all(decoder, from_hex(text_of(vector, "frame")).value()), std::vector{link::Decoded::kBad});
    EXPECT_EQ(decoder.fault_kind(), text_of(vector, "error") == "length" ? Fault::kLength : Fault::kChecksum);
  }
}

// From the maker's frame builder tests: 255 bytes FF give checksum 01, and address 0, command 1, 255 bytes 7E one that must be stuffed.
TEST(SensirionCodec, TheLongestFramesHaveTheMakersChecksums) {
  Bytes frame;
  const Bytes all_ff(255, 0xFF);
  encode(Request{0xFF, 0xFF, all_ff}, frame);
  EXPECT_EQ(frame[frame.size() - 2], 0x01);
  encode(Reply{0xFF, 0xFF, 0x7F, true, all_ff}, frame);
  EXPECT_EQ(frame[frame.size() - 2], 0x02);
  const Bytes all_7e(255, 0x7E);
  encode(Request{0, 1, all_7e}, frame);
  EXPECT_EQ(to_hex(ByteView(frame).last(3)), "7D 5D 7E");
  RequestDecoder decoder;
  EXPECT_EQ(decode_all(decoder, frame), std::vector{link::Decoded::kFrame});
  EXPECT_EQ(decoder.frame().data.size(), 255U);
}

TEST(SensirionCodec, AFrameCutIntoPiecesIsTheSameFrame) {
  const Bytes frame = from_hex("7E 00 35 00 06 7D 5E F4 7D 33 75 00 02 C8 7E").value();
  ReplyDecoder decoder;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    const auto steps = decode_all(decoder, ByteView(frame).subspan(i, 1));
    EXPECT_EQ(steps.size(), i + 1 == frame.size() ? 1U : 0U);
  }
  EXPECT_EQ(to_hex(decoder.frame().data), "7E F4 13 75 00 02");
}

TEST(SensirionCodec, FlagsInARowAndASharedFlagDoNotLoseFrames) {
  const Bytes stream = from_hex("55 AA 7E 7E 7E 00 D1 00 2E 7E 00 D1 00 2E 7E 7E 00 D1 00 2E 7E").value();
  RequestDecoder decoder;
  EXPECT_EQ(decode_all(decoder, stream), std::vector(3, link::Decoded::kFrame));
}

TEST(SensirionCodec, WhatTheReceiverMustRefuse) {
  const auto fault_of = [](const char* hex) {
    ReplyDecoder decoder;
    EXPECT_EQ(decode_all(decoder, from_hex(hex).value()), std::vector{link::Decoded::kBad}) << hex;
    return decoder.fault_kind();
  };
  EXPECT_EQ(fault_of("7E 00 35 00 7D 7E"), Fault::kEscape);        // escape before the flag
  EXPECT_EQ(fault_of("7E 00 35 00 7D 41 89 7E"), Fault::kEscape);  // a byte that is never escaped
  EXPECT_EQ(fault_of("7E 00 35 7E"), Fault::kTooShort);
  ReplyDecoder decoder;
  Bytes endless(400, 0x00);
  endless.front() = endless.back() = 0x7E;
  EXPECT_EQ(decode_all(decoder, endless), std::vector{link::Decoded::kBad});
  EXPECT_EQ(decoder.fault_kind(), Fault::kTooLong);
}

TEST(SensirionCodec, RandomFramesComeBackAndAnyChangedByteIsNoticed) {
  Rng rng(7);
  for (int round = 0; round < 2000; ++round) {
    Bytes data(rng.below(30), 0);
    for (auto& byte : data) byte = static_cast<std::uint8_t>(rng.below(4) == 0 ? 0x7E : rng.next());
    Bytes frame;
    encode(Reply{static_cast<std::uint8_t>(rng.next()), static_cast<std::uint8_t>(rng.next()), 0x12, false, data}, frame);
    ReplyDecoder decoder;
    ASSERT_EQ(decode_all(decoder, frame), std::vector{link::Decoded::kFrame});
    ASSERT_EQ(to_hex(decoder.frame().data), to_hex(data));
    const std::size_t at = 1 + rng.below(frame.size() - 2);
    frame[at] = static_cast<std::uint8_t>(frame[at] ^ (1U << rng.below(8)));
    ReplyDecoder damaged;
    for (const auto step : decode_all(damaged, frame)) EXPECT_NE(step, link::Decoded::kFrame) << to_hex(frame);
  }
}

}  // namespace
}  // namespace pumprig::instruments::sensirion_shdlc
