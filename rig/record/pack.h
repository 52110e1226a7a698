// Primitives of the packed form: variable-length integers and byte planes. Reading never goes beyond the bytes that are there.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rig/base/bytes.h"

namespace pumprig::record {

constexpr std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>((v >> 1) ^ (~(v & 1) + 1));
}

inline void put_varint(Bytes& out, std::uint64_t v) {
  while (v >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(v | 0x80));
    v >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(v));
}

// Byte b of every number stands together with byte b of the others: `width` planes of numbers.size() bytes, lowest byte first.
void put_planes(Bytes& out, std::span<const std::uint64_t> numbers, unsigned width);

// Integers as: first, smallest difference, width, planes of (difference - smallest). Equal steps take three small numbers.
void put_integers(Bytes& out, std::span<const std::int64_t> values, std::vector<std::uint64_t>& scratch);

class PackReader {
 public:
  explicit PackReader(ByteView in) : in_(in) {}
  std::size_t left() const { return in_.size() - at_; }
  bool done() const { return at_ == in_.size(); }
  Result<std::uint8_t> u8();
  Result<std::uint64_t> varint();
  Result<std::uint64_t> le64();
  Result<ByteView> bytes(std::size_t n);
  Status planes(std::span<std::uint64_t> numbers, unsigned width);
  Status integers(std::span<std::int64_t> values, std::vector<std::uint64_t>& scratch);

 private:
  ByteView in_;
  std::size_t at_ = 0;
};

}  // namespace pumprig::record
