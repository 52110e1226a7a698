// CRC-32 (IEEE 802.3: reflected polynomial 0xEDB88320, initial and final value all ones). Check value of "123456789": CBF43926.
#pragma once

#include <cstdint>
#include <span>

namespace pumpfw::protocol {

// Continues from `crc`, the result for the bytes before.
constexpr std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t crc = 0) {
  crc = ~crc;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    // Two nibble steps of the reflected division, without a table of 1 KiB in flash.
    for (int half = 0; half < 2; ++half) {
      std::uint32_t rest = crc & 15U;
      for (int i = 0; i < 4; ++i) rest = (rest & 1U) != 0 ? (rest >> 1) ^ 0xEDB88320U : rest >> 1;
      crc = (crc >> 4) ^ rest;
    }
  }
  return ~crc;
}

}  // namespace pumpfw::protocol
