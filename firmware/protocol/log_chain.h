// The chain of the event log. Each entry is kept with a checksum that continues from the one of the entry before it (of entry 1: from 0),
// so that an entry altered, taken out or put in breaks the chain at its place.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/protocol/crc32.h"
#include "firmware/protocol/messages.h"

namespace pumpfw::protocol {

inline constexpr std::size_t kChainedSize = 20;

// What the checksum covers: seq u32 | ticks u48 | code u16 | argument i32 | argument i32.
constexpr void write_chained(const LogEntry& entry, std::span<std::uint8_t, kChainedSize> out) {
  Encoder encoder(out);
  encoder("seq", entry.seq);
  encoder("ticks_low", static_cast<std::uint32_t>(entry.rtc_ticks));
  encoder("ticks_high", static_cast<std::uint16_t>(entry.rtc_ticks >> 32));
  encoder("code", entry.code);
  encoder("argument_1", entry.argument_1);
  encoder("argument_2", entry.argument_2);
}

constexpr std::uint32_t chain(const LogEntry& entry, std::uint32_t crc_before) {
  std::array<std::uint8_t, kChainedSize> bytes{};
  write_chained(entry, bytes);
  return crc32(bytes, crc_before);
}

}  // namespace pumpfw::protocol
