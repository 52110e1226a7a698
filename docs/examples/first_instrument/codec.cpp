#include "docs/examples/first_instrument/codec.h"

#include <numeric>

namespace pumprig::instruments::thermometer {
namespace {

constexpr char kEnd = '\r';
constexpr std::size_t kTail = 3;  // star and two digits

void append(std::string_view text, Bytes& out) {
  out.insert(out.end(), text.begin(), text.end());
}

std::array<char, kTail> tail_of(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const unsigned sum = checksum(text);
  return {'*', kDigits[sum / 16], kDigits[sum % 16]};
}

}  // namespace

std::uint8_t checksum(std::string_view text) {
  const auto sum =
      std::accumulate(text.begin(), text.end(), 0U, [](unsigned so_far, char c) { return so_far + static_cast<unsigned char>(c); });
  return static_cast<std::uint8_t>(sum % 256);
}

void encode_request(std::string_view word, Bytes& out) {
  out.clear();
  append(word, out);
  out.push_back(kEnd);
}

void encode_answer(std::string_view word, std::string_view text, Bytes& out) {
  const std::string line = std::string(word) + " " + std::string(text);
  const auto tail = tail_of(line);
  out.clear();
  append(line, out);
  append({tail.data(), tail.size()}, out);
  out.push_back(kEnd);
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

}  // namespace pumprig::instruments::thermometer
