#include "firmware/boards/mps2_an386/power.h"

#include "firmware/boards/mps2_an386/registers.h"

namespace pumpfw::mps2 {
namespace {

// Rounded up; kLongestSleep + kWatchdogGrace are 275 million clocks.
std::uint32_t to_clocks(hal::Tick ticks) {
  return static_cast<std::uint32_t>((ticks * kClockHz + hal::kTicksPerSecond - 1) / hal::kTicksPerSecond);
}

}  // namespace

void arm_watchdog(hal::Tick after) {
  reg(kWatchdogLock) = kWatchdogUnlock;
  reg(kWatchdogLoad) = to_clocks(after);
  reg(kWatchdogClear) = 1;
  reg(kWatchdogCtrl) = kWatchdogRun;
  reg(kWatchdogLock) = 0;
}

void sleep(hal::Tick ticks) {
  if (ticks == 0) return;
  __asm volatile("cpsid i" ::: "memory");  // a pending interrupt ends WFI but is not taken
  reg(kNvicEnable) = 1U << kTimerIrq;
  reg(kTimerReload) = 0;
  reg(kTimerValue) = to_clocks(ticks);
  reg(kTimerCtrl) = kTimerRun;
  while (reg(kTimerInterrupt) == 0) __asm volatile("wfi" ::: "memory");
  reg(kTimerCtrl) = 0;
  reg(kTimerInterrupt) = 1;
  reg(kNvicUnpend) = 1U << kTimerIrq;
}

void await_watchdog() {
  __asm volatile("cpsid i" ::: "memory");
  for (;;) __asm volatile("wfi" ::: "memory");
}

void reset_system() {
  __asm volatile("dsb" ::: "memory");
  reg(kAircr) = kAircrReset;
  for (;;) {
  }
}

}  // namespace pumpfw::mps2
