// Datagrams and registers of the TMC2209 motor driver on its one-wire UART. No port and no clock.
//
//   write         05 node 80|reg d3 d2 d1 d0 CRC        no reply; IFCNT counts the accepted ones
//   read request  05 node reg CRC
//   read reply    05 FF   reg    d3 d2 d1 d0 CRC
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace pumpfw::tmc2209 {

enum class Register : std::uint8_t {
  kGconf = 0x00,
  kGstat = 0x01,
  kIfcnt = 0x02,
  kIoin = 0x06,
  kIholdIrun = 0x10,
  kTpowerdown = 0x11,
  kChopconf = 0x6C,
  kDrvStatus = 0x6F,
};

inline constexpr std::uint8_t kSync = 0x05;
inline constexpr std::uint8_t kMasterNode = 0xFF;
inline constexpr std::uint8_t kWriteBit = 0x80;
inline constexpr std::size_t kRequestSize = 4;
inline constexpr std::size_t kDatagramSize = 8;

// GCONF: UART instead of the PDN pin, microstep resolution from the register, step pulse filter. Full steps without interpolation.
inline constexpr std::uint32_t kGconfValue = 1U << 6 | 1U << 7 | 1U << 8;
inline constexpr std::uint32_t kChopconfValue = 0x08000053;   // MRES 8 = full step, chopper on (TOFF 3), HSTRT 5
inline constexpr std::uint32_t kIholdIrunValue = 0x00081F10;  // run 31, hold 16, hold delay 8
inline constexpr std::uint32_t kTpowerdownValue = 20;

inline constexpr std::uint32_t kGstatReset = 1U << 0;
inline constexpr std::uint32_t kGstatDriverError = 1U << 1;
inline constexpr std::uint32_t kGstatUndervoltage = 1U << 2;
inline constexpr std::uint32_t kGstatAll = 7;
// Overtemperature and the four short circuits. Open load is only meaningful in motion and does not count here.
inline constexpr std::uint32_t kDrvStatusFaults = 0x3E;
inline constexpr std::uint32_t kVersion = 0x21;

// CRC-8, polynomial 07, initial 0, bits of each byte from the least significant on.
std::uint8_t crc8(std::span<const std::uint8_t> bytes);

std::array<std::uint8_t, kRequestSize> encode_read(Register reg, std::uint8_t node = 0);
std::array<std::uint8_t, kDatagramSize> encode_write(Register reg, std::uint32_t value, std::uint8_t node = 0);

enum class ReplyStatus : std::uint8_t { kGood, kSize, kHeader, kRegister, kCrc };

struct Reply {
  ReplyStatus status = ReplyStatus::kSize;
  std::uint32_t value = 0;
};

// Takes the eight bytes of a reply apart; they must answer a read of `reg`.
Reply decode_reply(std::span<const std::uint8_t> bytes, Register reg);

}  // namespace pumpfw::tmc2209
