// The event log: a ring in the non-volatile memory. Each entry carries a CRC that also covers the CRC of the entry before it, so that an
// entry taken out or altered breaks the chain. Numbers start at 1 and have no gaps.
//
//   seq u32 | ticks u48 | code u16 | argument i32 | argument i32 | crc u32      little endian, 24 bytes
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "firmware/protocol/messages.h"
#include "firmware/pump/storage/layout.h"

namespace pumpfw {

using protocol::LogCode;
using protocol::LogEntry;
using LogBytes = std::array<std::uint8_t, kLogEntrySize>;

// `entry` as it stands in memory, its CRC continuing from `crc_before`. Returns the entry's own CRC.
std::uint32_t encode_log(const LogEntry& entry, std::uint32_t crc_before, std::span<std::uint8_t, kLogEntrySize> out);
// Reads an entry without judging it. Returns the CRC that stands in it.
std::uint32_t decode_log(std::span<const std::uint8_t, kLogEntrySize> bytes, LogEntry& entry);
// Whether the CRC of `bytes` continues from `crc_before`.
bool follows(std::span<const std::uint8_t, kLogEntrySize> bytes, std::uint32_t crc_before);

class EventLog {
 public:
  // Notes an entry; it waits in RAM until it is written. When the queue is full the entry is lost: the next place that is free tells how
  // many were, and when the last of them would have been.
  void append(std::uint64_t ticks, LogCode code, std::int32_t argument_1, std::int32_t argument_2);

  bool wants_write() const { return pending_ != 0; }
  // Where the oldest waiting entry goes, and its bytes.
  std::uint32_t next_offset() const { return offset_of(stored_); }
  void encode_next(std::span<std::uint8_t, kLogEntrySize> out) const;
  void written();  // it has reached the memory

  // Recovery after a reset: the state record names an entry number and CRC; entries written after it are found by following the chain.
  void restore(std::uint32_t next, std::uint32_t crc) {
    stored_ = next;
    crc_ = crc;
  }
  // Feeds the bytes at next_offset(). Returns true when there may be more.
  bool scan(std::span<const std::uint8_t> bytes);
  std::uint32_t scan_size() const { return run_from(stored_) * kLogEntrySize; }
  // Entries from `seq` on that one read can bring: not beyond the end of the ring.
  static std::uint32_t run_from(std::uint32_t seq) {
    const std::uint32_t to_end = kLogCapacity - index_of(seq);
    return to_end < kLogEntriesPerRead ? to_end : kLogEntriesPerRead;
  }

  // Number of the first entry not yet in the memory, and the CRC of the one before: what the state record keeps.
  std::uint32_t stored() const { return stored_; }
  std::uint32_t stored_crc() const { return crc_; }
  // Of the entries in the memory; 0 when there are none.
  std::uint32_t newest() const { return stored_ - 1; }
  std::uint32_t oldest() const { return stored_ > kLogCapacity ? stored_ - kLogCapacity : stored_ > 1 ? 1 : 0; }

  static constexpr std::uint32_t index_of(std::uint32_t seq) { return (seq - 1) % kLogCapacity; }
  static constexpr std::uint32_t offset_of(std::uint32_t seq) { return kLogStart + index_of(seq) * kLogEntrySize; }

  static constexpr std::uint32_t kQueue = 32;

 private:
  std::array<LogEntry, kQueue> queue_{};
  std::uint32_t head_ = 0;
  std::uint32_t pending_ = 0;
  std::uint32_t stored_ = 1;
  std::uint32_t crc_ = 0;
  std::uint32_t lost_ = 0;  // and not yet told
  std::uint64_t lost_at_ = 0;
};

}  // namespace pumpfw
