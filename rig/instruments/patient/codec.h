// Lines of the patient model, both directions, without I/O. They are the rig's own: no device speaks them.
//
//   request  WORD CR                    "ID", "TIP"
//   answer   WORD blank TEXT * HHHH CR  the word asked for, or "ERR"; HHHH is CRC-16/CCITT-FALSE of what stands before the star
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rig/base/bytes.h"
#include "rig/link/decode.h"

namespace pumprig::instruments::patient {

// What the model knows at the tip of the catheter, in the order of the line and of the channels.
enum Value : std::size_t { kVolume = 0, kDoseA, kDoseB, kConcentrationA, kConcentrationB, kPressure, kValues };
using Values = std::array<double, kValues>;

void encode_request(std::string_view word, Bytes& out);
void encode_answer(std::string_view word, std::string_view text, Bytes& out);

// Numbers with blanks between them, to the last bit.
std::string values_text(const Values& values);
// Nothing: that is no such text.
std::optional<Values> parse_values(std::string_view text);

// Cuts a stream at each CR.
class Lines {
 public:
  static constexpr std::size_t kLongest = 256;

  void forget() { size_ = 0; }
  // Takes bytes off `input`. The line is good until the next call; one that is too long comes out empty. None: `input` is used up.
  std::optional<std::string_view> next(ByteView& input);

 private:
  std::array<char, kLongest> line_{};
  std::size_t size_ = 0;  // beyond kLongest: too long
};

// For the driver's transactions, see rig/link/decode.h.
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

}  // namespace pumprig::instruments::patient
