// From reset to main(): vectors, memory, stack paint, and what happens on a fault.
#include <cstdint>

#include "firmware/boards/mps2_an386/registers.h"
#include "firmware/boards/mps2_an386/semihosting.h"
#include "firmware/boards/mps2_an386/stack_paint.h"

int main();

extern "C" {
extern std::uint32_t __stack_top[];
extern std::uint32_t __data_start[];
extern std::uint32_t __data_end[];
extern const std::uint32_t __data_load[];
extern std::uint32_t __bss_start[];
extern std::uint32_t __bss_end[];
using Initializer = void (*)();
extern const Initializer __init_array_start[];
extern const Initializer __init_array_end[];

[[noreturn]] void reset_handler() {
  pumpfw::mps2::paint_stack();
  const std::uint32_t* from = __data_load;
  for (std::uint32_t* to = __data_start; to != __data_end;) *to++ = *from++;
  for (std::uint32_t* to = __bss_start; to != __bss_end;) *to++ = 0;
  for (const Initializer* init = __init_array_start; init != __init_array_end; ++init) (*init)();
  main();
  for (;;) {
  }
}

// First expiry of the watchdog. It is not cleared, so the next expiry resets the system: at once, whatever still runs.
void nmi_handler() {
  using namespace pumpfw::mps2;
  reg(kWatchdogLock) = kWatchdogUnlock;
  reg(kWatchdogLoad) = 1;
  for (;;) {
  }
}

// Says where it happened and leaves the rest to the watchdog, as the product does.
[[noreturn]] void report_fault(const std::uint32_t* frame) {
  pumpfw::mps2::print_fault(frame[6], frame[5]);
  for (;;) {
  }
}

[[gnu::naked]] void fault_handler() {
  __asm volatile("mov r0, sp\n b report_fault\n");
}

[[noreturn]] void unexpected_handler() {
  pumpfw::mps2::print("firmware: unexpected interrupt\n");
  for (;;) {
  }
}
}

namespace {

union Vector {
  const std::uint32_t* stack;
  void (*handler)();
};

[[gnu::section(".vectors"), gnu::used]] const Vector kVectors[16 + 32] = {
    {.stack = __stack_top},          {.handler = reset_handler},      {.handler = nmi_handler},        {.handler = fault_handler},
    {.handler = fault_handler},      {.handler = fault_handler},      {.handler = fault_handler},      {.handler = unexpected_handler},
    {.handler = unexpected_handler}, {.handler = unexpected_handler}, {.handler = unexpected_handler}, {.handler = unexpected_handler},
    {.handler = unexpected_handler}, {.handler = unexpected_handler}, {.handler = unexpected_handler}, {.handler = unexpected_handler},
    // No interrupt is ever taken: the timer only ends WFI, with interrupts masked.
};

}  // namespace
