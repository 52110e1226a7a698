#include "rig/instruments/patient/codec.h"

#include <charconv>
#include <cmath>

namespace pumprig::instruments::patient {
namespace {

constexpr char kEnd = '\r';
constexpr std::size_t kTail = 5;  // star and four digits

void append(std::string_view text, Bytes& out) {
  out.insert(out.end(), text.begin(), text.end());
}

// CRC-16/CCITT-FALSE: polynomial 0x1021, begins with 0xFFFF, "123456789" gives 0x29B1.
std::uint16_t crc_of(std::string_view text) {
  unsigned crc = 0xFFFF;
  for (const char c : text) {
    crc ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000U) != 0 ? (crc << 1) ^ 0x1021U : crc << 1;
  }
  return static_cast<std::uint16_t>(crc);
}

std::array<char, kTail> tail_of(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const unsigned crc = crc_of(text);
  return {'*', kDigits[crc >> 12], kDigits[crc >> 8 & 15], kDigits[crc >> 4 & 15], kDigits[crc & 15]};
}

}  // namespace

void encode_request(std::string_view word, Bytes& out) {
  out.clear();
  append(word, out);
  out.push_back(kEnd);
}

void encode_answer(std::string_view word, std::string_view text, Bytes& out) {
  std::string line(word);
  line += ' ';
  line += text;
  const auto tail = tail_of(line);
  out.clear();
  append(line, out);
  append({tail.data(), tail.size()}, out);
  out.push_back(kEnd);
}

std::string values_text(const Values& values) {
  std::string out;
  std::array<char, 40> digits{};
  for (const double value : values) {
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    if (!out.empty()) out += ' ';
    out.append(digits.data(), end);
  }
  return out;
}

std::optional<Values> parse_values(std::string_view text) {
  Values values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) {
      if (!text.starts_with(' ')) return std::nullopt;
      text.remove_prefix(1);
    }
    const auto read = std::from_chars(text.data(), text.data() + text.size(), values[i]);
    if (read.ec != std::errc{} || !std::isfinite(values[i])) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  }
  return text.empty() ? std::optional(values) : std::nullopt;
}

std::optional<std::string_view> Lines::next(ByteView& input) {
  while (!input.empty()) {
    const char c = static_cast<char>(input.front());
    input = input.subspan(1);
    if (c == kEnd) {
      const std::string_view line(line_.data(), size_ <= kLongest ? size_ : 0);
      size_ = 0;
      return line;
    }
    if (size_ < kLongest) line_[size_] = c;
    if (size_ <= kLongest) ++size_;
  }
  return std::nullopt;
}

link::Decoded AnswerDecoder::next(ByteView& input) {
  const auto line = lines_.next(input);
  if (!line) return link::Decoded::kNeedMore;
  const std::size_t body = line->size() < kTail ? 0 : line->size() - kTail;
  const std::string_view text = line->substr(0, body);
  const auto tail = tail_of(text);
  const std::size_t blank = text.find(' ');
  if (line->substr(body) != std::string_view(tail.data(), tail.size()) || blank == std::string_view::npos) {
    fault_ = "a line without its word, or its checksum is wrong";
    return link::Decoded::kBad;
  }
  frame_ = {text.substr(0, blank), text.substr(blank + 1)};
  return link::Decoded::kFrame;
}

}  // namespace pumprig::instruments::patient
