// CRC-32 (IEEE 802.3: reflected polynomial 0xEDB88320, initial and final value all ones). Check value of "123456789": CBF43926.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace pumpfw::protocol {

// Remainders of all nibbles: 64 bytes of flash, a quarter of the time of bit by bit.
inline constexpr std::array<std::uint32_t, 16> kCrcNibbles = [] {
  std::array<std::uint32_t, 16> table{};
  for (std::uint32_t nibble = 0; nibble < 16; ++nibble) {
    std::uint32_t rest = nibble;
    for (int i = 0; i < 4; ++i) rest = (rest & 1U) != 0 ? (rest >> 1) ^ 0xEDB88320U : rest >> 1;
    table[nibble] = rest;
  }
  return table;
}();

// Continues from `crc`, the result for the bytes before.
constexpr std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t crc = 0) {
  crc = ~crc;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    crc = (crc >> 4) ^ kCrcNibbles[crc & 15U];
    crc = (crc >> 4) ^ kCrcNibbles[crc & 15U];
  }
  return ~crc;
}

}  // namespace pumpfw::protocol
