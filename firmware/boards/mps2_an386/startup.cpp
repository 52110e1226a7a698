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

void unexpected_handler() {
  pumpfw::mps2::print("firmware: unexpected interrupt\n");
  for (;;) {
  }
}

// A board that takes one of these interrupts defines its handler. Each name ends with _irq: the stack's bound counts the deepest of them.
#define PUMPFW_SPARE(name) [[gnu::weak, gnu::alias("unexpected_handler")]] void name()
PUMPFW_SPARE(uart0_receive_irq);
PUMPFW_SPARE(uart0_send_irq);
PUMPFW_SPARE(uart1_receive_irq);
PUMPFW_SPARE(uart1_send_irq);
PUMPFW_SPARE(uart2_receive_irq);
PUMPFW_SPARE(uart2_send_irq);
PUMPFW_SPARE(deadline_irq);
PUMPFW_SPARE(step_timer_irq);
#undef PUMPFW_SPARE
}

namespace {

union Vector {
  const std::uint32_t* stack;
  void (*handler)();
};

[[gnu::section(".vectors"), gnu::used]] const Vector kVectors[16 + 32] = {
    {.stack = __stack_top},
    {.handler = reset_handler},
    {.handler = nmi_handler},
    {.handler = fault_handler},
    {.handler = fault_handler},
    {.handler = fault_handler},
    {.handler = fault_handler},
    {.handler = unexpected_handler},
    {.handler = unexpected_handler},
    {.handler = unexpected_handler},
    {.handler = unexpected_handler},
    {.handler = unexpected_handler},
    {.handler = unexpected_handler},
    {.handler = unexpected_handler},
    {.handler = unexpected_handler},
    {.handler = unexpected_handler},
    // Interrupts of the machine from here on. In lockstep none is ever taken: the timer only ends WFI, with interrupts masked.
    {.handler = uart0_receive_irq},
    {.handler = uart0_send_irq},
    {.handler = uart1_receive_irq},
    {.handler = uart1_send_irq},
    {.handler = uart2_receive_irq},
    {.handler = uart2_send_irq},
    {.handler = unexpected_handler},
    {.handler = unexpected_handler},
    {.handler = deadline_irq},
    {.handler = unexpected_handler},
    {.handler = step_timer_irq},
};

}  // namespace
