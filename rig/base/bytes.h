// Bytes on a wire: views, byte order, hex text. No struct is ever laid over wire bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/result.h"

namespace pumprig {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline void put_u8(Bytes& out, std::uint8_t v) {
  out.push_back(v);
}
inline void put_be16(Bytes& out, std::uint16_t v) {
  out.push_back(static_cast<std::uint8_t>(v >> 8));
  out.push_back(static_cast<std::uint8_t>(v));
}
inline void put_be32(Bytes& out, std::uint32_t v) {
  put_be16(out, static_cast<std::uint16_t>(v >> 16));
  put_be16(out, static_cast<std::uint16_t>(v));
}
inline void put_be64(Bytes& out, std::uint64_t v) {
  put_be32(out, static_cast<std::uint32_t>(v >> 32));
  put_be32(out, static_cast<std::uint32_t>(v));
}
inline void put_le16(Bytes& out, std::uint16_t v) {
  out.push_back(static_cast<std::uint8_t>(v));
  out.push_back(static_cast<std::uint8_t>(v >> 8));
}
inline void put_le32(Bytes& out, std::uint32_t v) {
  put_le16(out, static_cast<std::uint16_t>(v));
  put_le16(out, static_cast<std::uint16_t>(v >> 16));
}
inline void put_le64(Bytes& out, std::uint64_t v) {
  put_le32(out, static_cast<std::uint32_t>(v));
  put_le32(out, static_cast<std::uint32_t>(v >> 32));
}

// The caller has checked that `at + width <= in.size()`.
inline std::uint16_t get_be16(ByteView in, std::size_t at) {
  return static_cast<std::uint16_t>((in[at] << 8) | in[at + 1]);
}
inline std::uint32_t get_be32(ByteView in, std::size_t at) {
  return (static_cast<std::uint32_t>(get_be16(in, at)) << 16) | get_be16(in, at + 2);
}
inline std::uint64_t get_be64(ByteView in, std::size_t at) {
  return (static_cast<std::uint64_t>(get_be32(in, at)) << 32) | get_be32(in, at + 4);
}
inline std::uint16_t get_le16(ByteView in, std::size_t at) {
  return static_cast<std::uint16_t>(in[at] | (in[at + 1] << 8));
}
inline std::uint32_t get_le32(ByteView in, std::size_t at) {
  return get_le16(in, at) | (static_cast<std::uint32_t>(get_le16(in, at + 2)) << 16);
}
inline std::uint64_t get_le64(ByteView in, std::size_t at) {
  return get_le32(in, at) | (static_cast<std::uint64_t>(get_le32(in, at + 4)) << 32);
}

// "7E 00 D1": upper-case pairs parted by one blank.
std::string to_hex(ByteView bytes);
// Reads such text (blanks and case do not matter). kInvalidArgument names the first offending position.
Result<Bytes> from_hex(std::string_view text);

}  // namespace pumprig
