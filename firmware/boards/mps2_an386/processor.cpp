#include "firmware/boards/mps2_an386/processor.h"

#include "firmware/boards/lockstep/turn_hal.h"
#include "firmware/boards/mps2_an386/irq_lock.h"
#include "firmware/boards/mps2_an386/stack_paint.h"

extern "C" {
extern const std::uint8_t __code_start[];
extern const std::uint8_t __code_end[];
extern const std::uint32_t __code_crc[];
extern std::uint32_t __ram_start[];
extern std::uint32_t __ram_end[];
}

namespace pumpfw::mps2 {
namespace {

// Both patterns through one word, which keeps what it held. Nothing but registers is used meanwhile: the word may lie in the stack, or be
// anybody's.
bool holds_patterns(std::uint32_t* word) {
  const IrqLock lock;
  std::uint32_t kept = 0;
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  __asm volatile(
      "ldr %0, [%3]\n"
      "str %4, [%3]\n"
      "ldr %1, [%3]\n"
      "str %5, [%3]\n"
      "ldr %2, [%3]\n"
      "str %0, [%3]\n"
      : "=&r"(kept), "=&r"(first), "=&r"(second)
      : "r"(word), "r"(0x5555'5555U), "r"(0xAAAA'AAAAU)
      : "memory");
  return first == 0x5555'5555U && second == 0xAAAA'AAAAU;
}

}  // namespace

hal::Code code() {
  return {{__code_start, __code_end}, *static_cast<const volatile std::uint32_t*>(__code_crc)};
}

}  // namespace pumpfw::mps2

namespace pumpfw::lockstep {

bool test_ram(std::uint32_t slice) {
  const auto words = static_cast<std::uint32_t>(__ram_end - __ram_start);
  const std::uint32_t end = words * (slice + 1) / hal::kRamSlices;
  for (std::uint32_t i = words * slice / hal::kRamSlices; i < end; ++i) {
    if (!mps2::holds_patterns(__ram_start + i)) return false;
  }
  return true;
}

bool stack_intact() {
  return mps2::stack_intact();
}

}  // namespace pumpfw::lockstep
