#include "firmware/pump/motor/tmc2209.h"

namespace pumpfw::tmc2209 {

std::uint8_t crc8(std::span<const std::uint8_t> bytes) {
  std::uint8_t crc = 0;
  for (std::uint8_t byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool feedback = ((crc >> 7) ^ (byte & 1U)) != 0;
      crc = static_cast<std::uint8_t>(crc << 1);
      if (feedback) crc ^= 0x07;
      byte = static_cast<std::uint8_t>(byte >> 1);
    }
  }
  return crc;
}

std::array<std::uint8_t, kRequestSize> encode_read(Register reg, std::uint8_t node) {
  std::array<std::uint8_t, kRequestSize> out{kSync, node, static_cast<std::uint8_t>(reg), 0};
  out[3] = crc8(std::span(out).first<3>());
  return out;
}

std::array<std::uint8_t, kDatagramSize> encode_write(Register reg, std::uint32_t value, std::uint8_t node) {
  std::array<std::uint8_t, kDatagramSize> out{kSync, node, static_cast<std::uint8_t>(static_cast<std::uint8_t>(reg) | kWriteBit)};
  for (std::size_t i = 0; i < 4; ++i) out[3 + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  out[7] = crc8(std::span(out).first<7>());
  return out;
}

Reply decode_reply(std::span<const std::uint8_t> bytes, Register reg) {
  if (bytes.size() != kDatagramSize) return {ReplyStatus::kSize, 0};
  if (bytes[0] != kSync || bytes[1] != kMasterNode) return {ReplyStatus::kHeader, 0};
  if (crc8(bytes.first(7)) != bytes[7]) return {ReplyStatus::kCrc, 0};
  if (bytes[2] != static_cast<std::uint8_t>(reg)) return {ReplyStatus::kRegister, 0};
  std::uint32_t value = 0;
  for (std::size_t i = 3; i < 7; ++i) value = value << 8 | bytes[i];
  return {ReplyStatus::kGood, value};
}

}  // namespace pumpfw::tmc2209
