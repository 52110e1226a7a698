#include "docs/examples/first_instrument/codec.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pumprig::instruments::thermometer {
namespace {

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

// "WORD|TEXT" of each good line and "bad" for each other one.
std::vector<std::string> decoded(ByteView stream, std::size_t piece) {
  AnswerDecoder decoder;
  std::vector<std::string> out;
  while (!stream.empty()) {
    ByteView input = stream.first(std::min(piece, stream.size()));
    stream = stream.subspan(input.size());
    for (auto step = decoder.next(input); step != link::Decoded::kNeedMore; step = decoder.next(input)) {
      const auto& frame = decoder.frame();
      out.push_back(step == link::Decoded::kBad ? "bad" : std::string(frame.word) + "|" + std::string(frame.text));
    }
  }
  return out;
}

TEST(ThermometerCodec, LinesAreThoseOfTheManual) {
  Bytes line;
  encode_request("T", line);
  EXPECT_EQ(line, bytes_of("T\r"));
  encode_answer("T", "+21.84", line);
  EXPECT_EQ(line, bytes_of("T +21.84*9C\r"));  // 54+20+2B+32+31+2E+38+34 = 19C
  encode_answer("ERR", "COMMAND", line);
  EXPECT_EQ(line, bytes_of("ERR COMMAND*08\r"));
}

TEST(ThermometerCodec, AStreamGivesTheSameLinesHoweverItIsCut) {
  const Bytes stream = bytes_of("T +21.84*9C\rnoise\rERR COMMAND*08\rT +2");
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    EXPECT_EQ(decoded(stream, piece), (std::vector<std::string>{"T|+21.84", "bad", "ERR|COMMAND"})) << piece;
  }
}

TEST(ThermometerCodec, NoFlippedBitMakesAnotherReading) {
  const Bytes good = bytes_of("T +21.84*9C\r");
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes damaged = good;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    for (const auto& line : decoded(damaged, damaged.size())) EXPECT_EQ(line, "bad") << bit;
  }
}

TEST(ThermometerCodec, ALineThatIsTooLongIsBadAndTheNextOneIsGood) {
  const Bytes stream = bytes_of(std::string(5000, 'x') + "\rT +21.84*9C\r");
  EXPECT_EQ(decoded(stream, 100), (std::vector<std::string>{"bad", "T|+21.84"}));
}

}  // namespace
}  // namespace pumprig::instruments::thermometer
