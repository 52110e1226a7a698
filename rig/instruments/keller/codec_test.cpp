#include "rig/instruments/keller/codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "rig/base/rng.h"
#include "rig/json/document.h"

namespace pumprig::instruments::keller {
namespace {

json::Document vectors() {
  const std::string file = PUMPRIG_KIND_DIR "/keller/vectors.json";
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  auto document = json::Document::parse(text.str(), file);
  EXPECT_TRUE(document) << file;
  return std::move(*document);
}

Bytes frame_of(const json::Node& vector) {
  return from_hex(vector.find("frame")->value.text).value();
}

// A request decodes as one, whole and exactly; an exception has bit 7 of its function set.
bool decodes_as_request(const Bytes& frame) {
  RequestDecoder decoder;
  ByteView input(frame);
  return (frame[1] & 0x80) == 0 && decoder.next(input) == link::Decoded::kFrame && input.empty();
}

TEST(KellerCodec, PublishedFramesAreReadAndWrittenByteForByte) {
  const auto document = vectors();
  int requests = 0;
  int replies = 0;
  for (const json::Node& vector : document.root().find("keller_bus")->value.items) {
    const Bytes frame = frame_of(vector);
    const auto function = static_cast<std::uint8_t>(vector.find("function")->value.number);
    Bytes again;
    if (decodes_as_request(frame)) {
      ++requests;
      RequestDecoder decoder;
      ByteView input(frame);
      static_cast<void>(decoder.next(input));
      EXPECT_EQ(decoder.frame().address, vector.find("address")->value.number);
      EXPECT_EQ(decoder.frame().function, function);
      encode(decoder.frame(), again);
    } else {
      ++replies;
      ReplyDecoder decoder;
      const Bytes request{frame[0], static_cast<std::uint8_t>(function & 0x7F)};
      decoder.begin(request);
      ByteView input(frame);
      ASSERT_EQ(decoder.next(input), link::Decoded::kFrame) << to_hex(frame);
      EXPECT_EQ(decoder.frame().address, vector.find("address")->value.number);
      const auto* exception = vector.find("exception");
      EXPECT_EQ(static_cast<double>(decoder.frame().exception), exception == nullptr ? 0 : exception->value.number);
      if (const auto* value = vector.find("value")) {
        const float got = get_float(decoder.frame().data, 0);
        const float expected = std::strtof(value->value.text.c_str(), nullptr);
        EXPECT_TRUE(got == expected || (std::isnan(got) && std::isnan(expected))) << got << " " << expected;
        EXPECT_EQ(to_hex(decoder.frame().data.subspan(4)), vector.find("stat")->value.text);
      }
      encode(decoder.frame(), again);
    }
    EXPECT_EQ(to_hex(again), to_hex(frame));
  }
  EXPECT_EQ(requests + replies, 32);
  EXPECT_GE(requests, 12);
  EXPECT_GE(replies, 18);
}

TEST(KellerCodec, ModbusFramesHaveTheSameCrcInTheOtherByteOrder) {
  const auto document = vectors();
  const auto fits = [](const std::string& hex) {
    const Bytes frame = from_hex(hex).value();
    return crc16(ByteView(frame).first(frame.size() - 2)) == get_le16(frame, frame.size() - 2);
  };
  for (const json::Node& frame : document.root().find("modbus")->value.items) EXPECT_TRUE(fits(frame.text)) << frame.text;
  for (const json::Node& frame : document.root().find("invalid_crc")->value.items) EXPECT_FALSE(fits(frame.text)) << frame.text;
}

TEST(KellerCodec, TheEchoIsTakenOffAndMustBeWhatWasSent) {
  const Bytes request = from_hex("01 49 01 50 D6").value();
  const Bytes heard = from_hex("01 49 01 50 D6 01 49 3F 6D B1 53 00 E7 61").value();
  ReplyDecoder decoder;
  decoder.set_echo(true);
  decoder.begin(request);
  ByteView input(heard);
  ASSERT_EQ(decoder.next(input), link::Decoded::kFrame);
  EXPECT_FLOAT_EQ(get_float(decoder.frame().data, 0), 0.92848700F);
  Bytes other = heard;
  other[2] = 9;
  decoder.begin(request);
  input = ByteView(other);
  EXPECT_EQ(decoder.next(input), link::Decoded::kBad);
}

TEST(KellerCodec, AChangedBitIsNeverAGoodAnswer) {
  Rng rng(3);
  for (int round = 0; round < 2000; ++round) {
    const Bytes request{1, 73, 1};
    Bytes data(5, 0);
    for (auto& byte : data) byte = static_cast<std::uint8_t>(rng.next());
    Bytes frame;
    encode(Reply{1, 73, Exception::kNone, data}, frame);
    const std::size_t at = rng.below(frame.size());
    frame[at] = static_cast<std::uint8_t>(frame[at] ^ (1U << rng.below(8)));
    ReplyDecoder decoder;
    decoder.begin(request);
    ByteView input(frame);
    EXPECT_NE(decoder.next(input), link::Decoded::kFrame) << to_hex(frame);
  }
}

// Taken for a good answer, its missing data would be read.
TEST(KellerCodec, AnExceptionWithoutAReasonIsDamaged) {
  Bytes frame{1, 73 | 0x80, 0};
  put_be16(frame, crc16(frame));
  ReplyDecoder decoder;
  decoder.begin(Bytes{1, 73});
  ByteView input(frame);
  EXPECT_EQ(decoder.next(input), link::Decoded::kBad);
}

TEST(KellerCodec, ADeviceIsDeafAfterAnOverlongFrameUntilSilence) {
  RequestDecoder decoder;
  const Bytes noise(40, 0x55);
  ByteView input(noise);
  int bad = 0;
  for (auto step = decoder.next(input); step != link::Decoded::kNeedMore; step = decoder.next(input))
    bad += step == link::Decoded::kBad ? 1 : 0;
  EXPECT_EQ(bad, 1);
  const Bytes request = from_hex("01 49 01 50 D6").value();
  input = ByteView(request);
  EXPECT_EQ(decoder.next(input), link::Decoded::kNeedMore);
  decoder.begin({});
  input = ByteView(request);
  EXPECT_EQ(decoder.next(input), link::Decoded::kFrame);
}

}  // namespace
}  // namespace pumprig::instruments::keller
