// One pump board as the twin sees it: pins, buses and a clock, whichever processor runs the firmware behind them.
//
// Two ends: HostBoard runs the firmware in this process, QemuBoard runs the ARM image in QEMU, in lockstep. The twin owns time: it calls
// wake() at an instant of the pump's clock with what happened, and gets back what the firmware did and when it wants to run next.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "firmware/hal/hal.h"
#include "rig/base/bytes.h"
#include "rig/base/result.h"

namespace pumprig::twin {

using pumpfw::hal::Tick;

// What happened on the board since the last wake. Flags as in firmware/hal/hal.h, those of the NVM excepted: the memory is the board's own.
struct BoardInput {
  Tick now = 0;  // since the last reset of the board
  Tick rtc = 0;
  std::uint32_t flags = 0;
  pumpfw::hal::ResetCause reset_cause = pumpfw::hal::ResetCause::kPowerOn;
  Tick step_at = 0;
  std::int32_t rotor_count = 0;
  std::uint16_t outlet_counts = 0;
  pumpfw::hal::AdcChannel sense_channel = pumpfw::hal::AdcChannel::kNone;
  std::uint16_t sense_counts = 0;
  bool magnet = false;
  bool wired = true;
  Bytes motor_rx;  // moved back and forth so that its memory is used again
  Bytes telemetry_rx;
};

// What the firmware did in the wake.
struct BoardOutput {
  Tick deadline = 0;                                 // wants to run again at this tick at the latest
  std::optional<Tick> step_at;                       // an armed STEP pulse, or none armed now (state after the wake, not a change)
  bool motor_enabled = false;                        // state after the wake
  bool receiver_on = true;                           // state after the wake
  pumpfw::hal::Tone tone = pumpfw::hal::Tone::kOff;  // state after the wake
  bool start_outlet = false;                         // conversions asked for
  pumpfw::hal::AdcChannel start_sense = pumpfw::hal::AdcChannel::kNone;
  bool reset_requested = false;  // by the firmware, or by a watchdog that bit (then reset_cause says so)
  pumpfw::hal::ResetCause reset_cause = pumpfw::hal::ResetCause::kSoftware;
  Bytes motor_tx;
  Bytes telemetry_tx;

  void clear();  // empties, keeps memory
};

class BoardPort {
 public:
  virtual ~BoardPort() = default;

  // Starts the firmware from reset with the memory as it stands: the next wake must carry kEventBoot. A power-on also clears RAM that a
  // reset would keep. `seed` feeds entropy().
  virtual Status boot(pumpfw::hal::ResetCause cause) = 0;

  // Runs the firmware to completion of one wake. Pending replies of the board's own memory are delivered in the same call.
  // kUnavailable: the processor died or hung (the text holds what it printed).
  virtual Status wake(const BoardInput& input, BoardOutput& output) = 0;

  // The non-volatile memory, for evidence and for bit flips. Valid until the board goes; kNvmSize bytes.
  virtual std::span<std::uint8_t> nvm() = 0;

  // Its two banks for firmware images and the record of which one starts (firmware/boards/lockstep/image_banks.h); kImageMemory bytes.
  virtual std::span<std::uint8_t> images() = 0;

  // What stands for the code that runs, for bit flips. Empty where it is out of reach.
  virtual std::span<std::uint8_t> code() { return {}; }

  // What the running firmware keeps twice in its RAM, for bit flips. Empty where it is out of reach.
  virtual std::span<std::uint8_t> ram() { return {}; }

  // "host" or "mps2_an386 in QEMU 7.2.22", and the SHA-256 of the firmware image (of the sources' build id on the host).
  virtual std::string describe() const = 0;
  virtual std::string firmware_hash() const = 0;
};

inline void BoardOutput::clear() {
  deadline = 0;
  step_at.reset();
  motor_enabled = false;
  receiver_on = true;
  tone = pumpfw::hal::Tone::kOff;
  start_outlet = reset_requested = false;
  start_sense = pumpfw::hal::AdcChannel::kNone;
  reset_cause = pumpfw::hal::ResetCause::kSoftware;
  motor_tx.clear();
  telemetry_tx.clear();
}

}  // namespace pumprig::twin
