#include "rig/instruments/patient/codec.h"

#include <gtest/gtest.h>

#include <string>

namespace pumprig::instruments::patient {
namespace {

std::string text_of(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(PatientCodec, AnAnswerCarriesTheCrcOfItsText) {
  Bytes out;
  encode_request("TIP", out);
  EXPECT_EQ(text_of(out), "TIP\r");
  // CRC-16/CCITT-FALSE of "12345 789" by Python's binascii.crc_hqx(b"12345 789", 0xFFFF).
  encode_answer("12345", "789", out);
  EXPECT_EQ(text_of(out), "12345 789*158F\r");
}

TEST(PatientCodec, NumbersComeBackToTheLastBit) {
  const Values values{0.1 + 0.2, -1e-300, 12345.678901234567, 0, 5e-324, -11};
  const auto back = parse_values(values_text(values));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, values);
}

TEST(PatientCodec, WhatIsNotSixNumbersIsNone) {
  for (const char* text :
       {"", "1 2 3 4 5", "1 2 3 4 5 6 7", "1 2 3 4 5 6 ", "1 2  3 4 5 6", "1 2 3 4 5 nan", "1 2 3 4 5 inf", "1,2 3 4 5 6 7"}) {
    EXPECT_FALSE(parse_values(text)) << text;
  }
}

TEST(PatientCodec, ADamagedOrEndlessLineIsBadAndTheNextIsGood) {
  Bytes good;
  encode_answer("TIP", "1 2 3 4 5 6", good);
  Bytes stream(5000, std::uint8_t{'x'});
  stream.push_back('\r');
  Bytes damaged = good;
  damaged[4] ^= 1;
  stream.insert(stream.end(), damaged.begin(), damaged.end());
  stream.insert(stream.end(), good.begin(), good.end());
  AnswerDecoder decoder;
  decoder.begin({});
  ByteView input(stream);
  EXPECT_EQ(decoder.next(input), link::Decoded::kBad);
  EXPECT_EQ(decoder.next(input), link::Decoded::kBad);
  ASSERT_EQ(decoder.next(input), link::Decoded::kFrame);
  EXPECT_EQ(decoder.frame().text, "1 2 3 4 5 6");
  EXPECT_EQ(decoder.next(input), link::Decoded::kNeedMore);
}

}  // namespace
}  // namespace pumprig::instruments::patient
