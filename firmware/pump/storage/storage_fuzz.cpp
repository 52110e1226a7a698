// Any bytes in the memory at a reset: the pump boots, keeps its limits and answers.
//
// Input: a byte of flags, then the eight record slots as far as it reaches. Bit n of the flags: slot n gets a good CRC and version, so that
// what stands in it is believed.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "firmware/protocol/crc32.h"
#include "firmware/pump/storage/layout.h"
#include "firmware/pump/storage/records.h"
#include "firmware/pump/testing/fake_board.h"

namespace {

using namespace pumpfw;

void seal(std::span<std::uint8_t> slot, std::uint8_t kind) {
  slot[0] = kind;
  slot[1] = kRecordVersion;
  const std::size_t size = std::min<std::size_t>(slot[2] | std::size_t{slot[3]} << 8, kSlotSize - 12);
  slot[2] = static_cast<std::uint8_t>(size);
  slot[3] = static_cast<std::uint8_t>(size >> 8);
  const std::uint32_t crc = protocol::crc32(slot.first(8 + size));
  for (std::size_t i = 0; i < 4; ++i) slot[8 + size + i] = static_cast<std::uint8_t>(crc >> (8 * i));
}

// A slot that is sealed here must be one that the firmware takes: else nothing behind its head is ever tried.
bool seals_as_the_firmware_does() {
  std::array<std::uint8_t, kSlotSize> slot{};
  encode_slot(SavedState{}, 1, slot);
  const auto written = slot;
  slot[1] = 0;
  seal(slot, static_cast<std::uint8_t>(RecordKind::kState));
  return slot == written;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool kSeals = seals_as_the_firmware_does();
  if (!kSeals) std::abort();
  if (size < 1) return 0;
  testing::FakeBoard board;
  const std::size_t copied = std::min<std::size_t>(size - 1, 8 * kSlotSize);
  std::copy_n(data + 1, copied, board.nvm.begin());
  for (std::uint32_t slot = 0; slot < 8; ++slot) {
    if ((data[0] >> slot & 1) == 0) continue;
    seal(std::span(board.nvm).subspan(slot * kSlotSize, kSlotSize), static_cast<std::uint8_t>(slot / 2 + 1));
  }
  board.reboot();
  board.run_for(5 * kSecond);
  for (std::size_t i = 1; i < board.steps.size(); ++i) {
    if (board.steps[i] - board.steps[i - 1] < kMinSpacing) std::abort();
  }
  if (board.pump().therapy_state() == TherapyState::kSelfTest) std::abort();
  board.command([](Pump& pump, Tick now) { return pump.stop(now, Role::kClinician); });
  const std::uint64_t steps = board.step_count;
  board.run_for(5 * kSecond);
  if (board.step_count != steps) std::abort();
  board.reboot();
  board.run_for(5 * kSecond);
  if (board.step_count != steps) std::abort();
  return 0;
}
