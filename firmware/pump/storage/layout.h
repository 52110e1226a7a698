// Where what stands in the non-volatile memory.
//
//   0000 program A   0200 program B    the same content twice, A written first
//   0400 state A     0600 state B      written in turn, the higher sequence number counts; a change goes to both
//   0800 boluses A   0A00 boluses B    both at every change, one after the other
//   0C00 security A  0E00 security B   both at every change, one after the other
//   1000 event log                     ring of kLogCapacity entries
//   7FC0 scratch                       what the self test writes and reads back
#pragma once

#include <cstdint>

#include "firmware/hal/board_facts.h"

namespace pumpfw {

inline constexpr std::uint32_t kSlotSize = 512;
inline constexpr std::uint32_t kProgramSlots = 0x0000;
inline constexpr std::uint32_t kStateSlots = 0x0400;
inline constexpr std::uint32_t kBolusSlots = 0x0800;
inline constexpr std::uint32_t kSecuritySlots = 0x0C00;
inline constexpr std::uint32_t kLogStart = 0x1000;
inline constexpr std::uint32_t kLogEntrySize = 24;
inline constexpr std::uint32_t kLogCapacity = 1100;
inline constexpr std::uint32_t kScratch = 0x7FC0;
inline constexpr std::uint32_t kLogEntriesPerRead = 10;

static_assert(kSlotSize <= hal::kNvmTransfer);
static_assert(kLogEntriesPerRead * kLogEntrySize <= hal::kNvmTransfer && kLogCapacity % kLogEntriesPerRead == 0);
static_assert(kLogStart + kLogCapacity * kLogEntrySize <= kScratch && kScratch < hal::kNvmSize);

}  // namespace pumpfw
