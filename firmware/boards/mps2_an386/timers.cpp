#include "firmware/boards/mps2_an386/timers.h"

#include <algorithm>
#include <limits>

#include "firmware/boards/mps2_an386/irq_lock.h"
#include "firmware/boards/mps2_an386/registers.h"

namespace pumpfw::mps2 {
namespace {

// 32768 ticks are 25,000,000 clocks.
constexpr std::uint64_t kTickPart = 512;
constexpr std::uint64_t kClockPart = 390'625;
static_assert(kTickPart * kClockHz == kClockPart * hal::kTicksPerSecond);

std::uint32_t last_count;
std::uint32_t wraps;

std::uint32_t timer_count(std::uint64_t after) {
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(after, 1, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

hal::Tick ticks_of(std::uint64_t clocks) {
  return clocks * kTickPart / kClockPart;
}

std::uint64_t first_clock_of(hal::Tick tick) {
  return (tick * kClockPart + kTickPart - 1) / kTickPart;
}

void start_timers() {
  constexpr std::uint32_t kAll = std::numeric_limits<std::uint32_t>::max();
  last_count = 0;
  wraps = 0;
  reg(kFreeTimerCtrl) = 0;
  reg(kFreeTimerReload) = kAll;
  reg(kFreeTimerValue) = kAll;
  reg(kFreeTimerCtrl) = kFreeTimerRun;
  reg(kTimerReload) = 0;
  reg(kStepTimerCtrl) = kStepTimerOff;
  reg(kNvicEnable) = 1U << kTimerIrq | 1U << kStepTimerIrq;
}

std::uint64_t clocks() {
  const IrqLock lock;
  const std::uint32_t count = ~reg(kFreeTimerValue);  // it counts down
  if (count < last_count) ++wraps;
  last_count = count;
  return std::uint64_t{wraps} << 32 | count;
}

void arm_deadline(std::uint64_t after) {
  const IrqLock lock;
  reg(kTimerCtrl) = 0;
  reg(kTimerInterrupt) = 1;
  reg(kTimerValue) = timer_count(after);
  reg(kTimerCtrl) = kTimerRun;
}

void arm_step_timer(std::uint64_t after) {
  disarm_step_timer();
  reg(kStepTimerLoad) = timer_count(after);
  reg(kStepTimerCtrl) = kStepTimerRun;
}

void disarm_step_timer() {
  reg(kStepTimerCtrl) = kStepTimerOff;
  clear_step_interrupt();
  reg(kNvicUnpend) = 1U << kStepTimerIrq;
}

void clear_step_interrupt() {
  reg(kStepTimerClear) = 1;
}

}  // namespace pumpfw::mps2

// Only ends the sleep: the loop looks at the clock.
extern "C" void deadline_irq() {
  using namespace pumpfw::mps2;
  reg(kTimerCtrl) = 0;
  reg(kTimerInterrupt) = 1;
}
