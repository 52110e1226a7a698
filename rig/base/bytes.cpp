#include "rig/base/bytes.h"

namespace pumprig {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(bytes.size() * 3);
  for (const auto b : bytes) {
    if (!out.empty()) out += ' ';
    out += kDigits[b >> 4];
    out += kDigits[b & 0x0F];
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  Bytes out;
  int high = -1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || c == '\n' || c == '\t') {
      if (high >= 0) return fail(ErrorCode::kInvalidArgument, "a blank parts the two digits of a byte", "position " + std::to_string(i));
      continue;
    }
    const int digit = hex_digit(c);
    if (digit < 0) return fail(ErrorCode::kInvalidArgument, "not a hexadecimal digit", "position " + std::to_string(i));
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<std::uint8_t>(high * 16 + digit));
      high = -1;
    }
  }
  if (high >= 0) return fail(ErrorCode::kInvalidArgument, "the last byte has one digit only", "position " + std::to_string(text.size()));
  return out;
}

}  // namespace pumprig
