// What the pump logic asks of a board. The logic includes this header and no other of a board.
//
// Event-driven: the board calls Pump::wake(now, events), the logic answers with the instant at which it next needs to run, and the board
// sleeps until then or until an event. No call below blocks, spins or returns a value that the outside world has yet to make: replies of
// the motor driver, the memory and the converter arrive as events of a later wake.
//
// Order of one turn of a board's main loop:
//   wake(now, events) -> deadline ; arm the watchdog to bite 1 s after the deadline ; sleep until min(deadline, event).
// The longest sleep is 10 s; a deadline beyond that is the logic's mistake and the board caps it.
#pragma once

#include <cstdint>
#include <span>

namespace pumpfw::hal {

// 1/32768 s. Monotonic since the reset; never set, never goes back. The board rounds instants up.
using Tick = std::uint64_t;
inline constexpr Tick kTicksPerSecond = 32768;
inline constexpr Tick kLongestSleep = 10 * kTicksPerSecond;
inline constexpr Tick kWatchdogGrace = 1 * kTicksPerSecond;

enum class ResetCause : std::uint8_t { kPowerOn = 0, kPin = 1, kWatchdog = 2, kSoftware = 3, kBrownOut = 4 };

enum class Tone : std::uint8_t { kOff = 0, kLow = 1, kHigh = 2 };

// The outlet has a converter of its own. The others share one: a later request takes the place of one that is not answered yet.
enum class AdcChannel : std::uint8_t { kNone = 0, kOutletPressure = 1, kBattery = 2, kTemperature = 3, kReservoir = 4 };
inline constexpr AdcChannel kLastAdcChannel = AdcChannel::kReservoir;

// What happened since the last wake. Bits of Events::flags.
enum EventFlag : std::uint32_t {
  kEventBoot = 1U << 0,           // first wake after a reset; reset_cause holds why
  kEventStep = 1U << 1,           // the armed STEP pulse went out at step_at; outlet_counts was converted right after it
  kEventOutlet = 1U << 2,         // outlet_counts is a fresh conversion
  kEventSense = 1U << 3,          // sense_counts is a fresh conversion of sense_channel
  kEventMotorRx = 1U << 4,        // motor_rx holds bytes from the motor bus, the board's own echo first
  kEventTelemetryRx = 1U << 5,    // telemetry_rx holds bytes from the telemetry receiver
  kEventNvmRead = 1U << 6,        // nvm_data holds what read_nvm asked for
  kEventNvmWritten = 1U << 7,     // the bytes of the last write_nvm have reached the memory
  kEventMagnet = 1U << 8,         // the magnet switch changed
  kEventRotorBack = 1U << 9,      // the rotor counter has turned back: the counter's own interrupt, at once
  kEventImageWritten = 1U << 10,  // the bytes of the last write_image stand in the second bank
};

// The code that runs, where it can be read, and the CRC-32 that its build has put beside it.
struct Code {
  std::span<const std::uint8_t> bytes;
  std::uint32_t crc = 0;
};

// In how many slices the RAM is tested, on every board: a wake each, so that boards do not differ in when they wake.
inline constexpr std::uint32_t kRamSlices = 64;

struct Events {
  std::uint32_t flags = 0;
  ResetCause reset_cause = ResetCause::kPowerOn;
  Tick step_at = 0;
  std::int32_t rotor_count = 0;                  // hardware quadrature counter of the rotor sensor, one count a step, read at every wake
  std::uint16_t outlet_counts = 0;               // outlet pressure, see board_facts.h
  AdcChannel sense_channel = AdcChannel::kNone;  // battery, temperature or reservoir
  std::uint16_t sense_counts = 0;                // see board_facts.h
  bool magnet = false;                           // level of the magnet switch, valid at every wake
  bool wired = false;                            // the service connector is plugged: telemetry comes by its wire, not by radio; likewise
  std::span<const std::uint8_t> motor_rx;
  std::span<const std::uint8_t> telemetry_rx;
  std::span<const std::uint8_t> nvm_data;
};

class Hal {
 public:
  // Sends one STEP pulse (one full step, 12.5 nL) by the compare unit of a timer at `at`, and converts the outlet pressure right after
  // it; then wakes the logic with kEventStep | kEventOutlet. Replaces an armed pulse. An `at` that is past fires at once.
  virtual void arm_step(Tick at) = 0;
  virtual void disarm_step() = 0;

  // Enables the motor driver's outputs (its ENN pin). Disabled outputs ignore STEP.
  virtual void enable_motor(bool on) = 0;
  // The one-wire UART of the motor driver (TMC2209). The echo and the reply come as kEventMotorRx.
  virtual void send_motor(std::span<const std::uint8_t> bytes) = 0;

  virtual void send_telemetry(std::span<const std::uint8_t> bytes) = 0;
  // Switches the telemetry receiver; it is on after a reset. What comes while it is off is lost and wakes nobody; sending switches the
  // transmitter on for as long as it takes.
  virtual void enable_receiver(bool on) = 0;

  virtual void start_adc(AdcChannel channel) = 0;  // answered by kEventOutlet or kEventSense
  virtual void set_buzzer(Tone tone) = 0;

  // Non-volatile memory (FRAM class, byte-wise, kNvmSize bytes). One read and one write may be outstanding; `size` <= kNvmTransfer.
  virtual void read_nvm(std::uint32_t offset, std::uint32_t size) = 0;                    // answered by kEventNvmRead
  virtual void write_nvm(std::uint32_t offset, std::span<const std::uint8_t> bytes) = 0;  // bytes are copied; answered by kEventNvmWritten

  // Second bank for a firmware image, kImageBankSize bytes. One write may be outstanding; at most kImageTransfer bytes, which are copied.
  // Answered by kEventImageWritten when the bank holds them and has compared them.
  virtual void write_image(std::uint32_t offset, std::span<const std::uint8_t> bytes) = 0;
  // From the next reset on, whatever its cause, the board starts the `size` bytes of the second bank as the firmware of this version. In
  // effect when it returns, whole or not at all.
  virtual void activate_image(std::uint32_t version, std::uint32_t size) = 0;

  virtual Code code() const = 0;
  // Tests one slice of the RAM in place, `slice` < kRamSlices: patterns go in and come out, what stood there comes back. At most 1.5 KiB,
  // so that it takes no longer than any other wake. False: the patterns did not come out.
  virtual bool test_ram(std::uint32_t slice) = 0;
  // Nothing has ever written to the far end of the stack.
  virtual bool stack_intact() const = 0;

  // Ticks of the real-time clock since its first power-on. Survives a reset; never set (an offset in NVM makes it a calendar). One that
  // lost its supply begins at 0 again. The logic reads it at each boot and believes only what can be (Pump::restore_time).
  virtual Tick rtc() const = 0;
  virtual void entropy(std::span<std::uint8_t> out) = 0;
  virtual void reset() = 0;  // resets the microcontroller when the running wake() has returned; cause kSoftware

 protected:
  ~Hal() = default;
};

}  // namespace pumpfw::hal
