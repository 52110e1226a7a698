// Lines of the bench thermometer, both directions, without I/O.
//
//   request  WORD CR                  "ID", "T"
//   answer   WORD blank TEXT * HH CR  "T +21.84*9C": the word asked for, or "ERR"; HH is checksum() of all before the star
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "rig/base/bytes.h"
#include "rig/link/decode.h"

namespace pumprig::instruments::thermometer {

// The sum of the bytes modulo 256.
std::uint8_t checksum(std::string_view text);
void encode_request(std::string_view word, Bytes& out);
void encode_answer(std::string_view word, std::string_view text, Bytes& out);

// Cuts a stream at each CR.
class Lines {
 public:
  static constexpr std::size_t kLongest = 64;

  void forget() { size_ = 0; }
  // Takes bytes off `input`. The line is good until the next call; one that is too long comes out empty. None: `input` is used up.
  std::optional<std::string_view> next(ByteView& input);

 private:
  std::array<char, kLongest> line_{};
  std::size_t size_ = 0;  // beyond kLongest: the line is too long
};

// What the driver's transactions are fed with: see rig/link/decode.h.
class AnswerDecoder {
 public:
  struct Frame {
    std::string_view word;
    std::string_view text;
  };
  void begin(ByteView) { lines_.forget(); }
  link::Decoded next(ByteView& input);
  const Frame& frame() const { return frame_; }
  std::string_view fault() const { return fault_; }

 private:
  Lines lines_;
  Frame frame_;
  std::string_view fault_;
};

}  // namespace pumprig::instruments::thermometer
