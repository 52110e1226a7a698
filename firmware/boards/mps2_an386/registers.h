// The registers of the MPS2 AN386 that the board uses. Clock of timers and watchdog: 25 MHz.
#pragma once

#include <cstdint>

namespace pumpfw::mps2 {

inline constexpr std::uint32_t kClockHz = 25'000'000;

inline volatile std::uint32_t& reg(std::uint32_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

// CMSDK APB timer 0, counts down once from VALUE when RELOAD is 0.
inline constexpr std::uint32_t kTimer = 0x4000'0000;
inline constexpr std::uint32_t kTimerCtrl = kTimer + 0x0;  // bit 0 enable, bit 3 interrupt
inline constexpr std::uint32_t kTimerValue = kTimer + 0x4;
inline constexpr std::uint32_t kTimerReload = kTimer + 0x8;
inline constexpr std::uint32_t kTimerInterrupt = kTimer + 0xC;  // read: pending; write 1: clear
inline constexpr std::uint32_t kTimerRun = 0x9;
inline constexpr std::uint32_t kTimerIrq = 8;

// CMSDK APB timer 1, the same: runs free and counts what time it is.
inline constexpr std::uint32_t kFreeTimer = 0x4000'1000;
inline constexpr std::uint32_t kFreeTimerCtrl = kFreeTimer + 0x0;
inline constexpr std::uint32_t kFreeTimerValue = kFreeTimer + 0x4;
inline constexpr std::uint32_t kFreeTimerReload = kFreeTimer + 0x8;
inline constexpr std::uint32_t kFreeTimerRun = 0x1;

// CMSDK dual timer, its first counter: makes the STEP pulse.
inline constexpr std::uint32_t kStepTimer = 0x4000'2000;
inline constexpr std::uint32_t kStepTimerLoad = kStepTimer + 0x0;
inline constexpr std::uint32_t kStepTimerCtrl = kStepTimer + 0x8;  // bit 0 one-shot, 1 32 bit, 5 interrupt, 7 enable
inline constexpr std::uint32_t kStepTimerClear = kStepTimer + 0xC;
inline constexpr std::uint32_t kStepTimerOff = 0x23;
inline constexpr std::uint32_t kStepTimerRun = 0xA3;
inline constexpr std::uint32_t kStepTimerIrq = 10;

// CMSDK APB UARTs: one byte each way, interrupts 2n (received) and 2n + 1 (sent).
inline constexpr std::uint32_t kUart0 = 0x4000'4000;
inline constexpr std::uint32_t kUartStride = 0x1000;
inline constexpr std::uint32_t kUartData = 0x0;
inline constexpr std::uint32_t kUartState = 0x4;      // bit 0 transmitter full, 1 receiver full
inline constexpr std::uint32_t kUartCtrl = 0x8;       // bits 0, 1 enable sender, receiver; 2, 3 their interrupts
inline constexpr std::uint32_t kUartInterrupt = 0xC;  // write 1 to clear: bit 0 sent, 1 received
inline constexpr std::uint32_t kUartBaudDivider = 0x10;
inline constexpr std::uint32_t kUartTxFull = 1U << 0;
inline constexpr std::uint32_t kUartRxFull = 1U << 1;
inline constexpr std::uint32_t kUartRun = 0xF;
inline constexpr std::uint32_t kUartSent = 1U << 0;
inline constexpr std::uint32_t kUartReceived = 1U << 1;

// CMSDK APB watchdog: NMI when it first reaches zero, reset of the system at the second.
inline constexpr std::uint32_t kWatchdog = 0x4000'8000;
inline constexpr std::uint32_t kWatchdogLoad = kWatchdog + 0x0;
inline constexpr std::uint32_t kWatchdogCtrl = kWatchdog + 0x8;
inline constexpr std::uint32_t kWatchdogClear = kWatchdog + 0xC;
inline constexpr std::uint32_t kWatchdogLock = kWatchdog + 0xC00;
inline constexpr std::uint32_t kWatchdogUnlock = 0x1ACC'E551;
inline constexpr std::uint32_t kWatchdogRun = 0x3;  // interrupt and reset

// Cortex-M4 system control.
inline constexpr std::uint32_t kNvicEnable = 0xE000'E100;
inline constexpr std::uint32_t kNvicUnpend = 0xE000'E280;
inline constexpr std::uint32_t kAircr = 0xE000'ED0C;
inline constexpr std::uint32_t kAircrReset = 0x05FA'0004;

// Memory that outlives power: a file of the rig.
inline constexpr std::uint32_t kNvm = 0x2100'0000;
inline constexpr std::uint32_t kImages = kNvm + 0x1'0000;

}  // namespace pumpfw::mps2
