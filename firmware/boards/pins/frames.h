// Frames that stand for the pins which the emulated machine lacks: STEP, rotor sensor, converter, buzzer, magnet switch, the motor driver's
// ENN pin and the real-time clock. They go over a UART of their own, beside telemetry and motor bus, which have theirs.
//
//   byte  0    1      2                    3                4..       behind it
//        C5   kind   boot (low 8 bits)    payload length   payload   CRC-32 (LE32) of the bytes from kind to the payload's end
//
// Multi-byte values are little-endian. `boot` counts the resets since the processor was switched on; a frame to the board carries that of
// the kHello it follows, so that one that crossed a reset is known as stale.
//
//   board -> rig   kHello  once after each reset; kTurn after each wake of the logic; kStep from the timer's interrupt, as the pulse goes
//   out rig -> board   kStart  answers kHello; kSense answers a pulse or a conversion; kSwitches; kClock; kReset;
//                  kHang, a planted mistake: the logic never comes back
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "firmware/boards/lockstep/turn_hal.h"
#include "firmware/boards/lockstep/wire.h"
#include "firmware/hal/hal.h"

namespace pumpfw::pins {

inline constexpr std::uint8_t kMark = 0xC5;
inline constexpr std::size_t kHeadSize = 4;
inline constexpr std::size_t kLargestPayload = 96;
inline constexpr std::size_t kFrameCapacity = kHeadSize + kLargestPayload + 4;

enum class Kind : std::uint8_t {
  kHello = 1,
  kTurn = 2,
  kStep = 3,
  kStart = 17,
  kSense = 18,
  kSwitches = 19,
  kReset = 20,
  kHang = 21,
  kClock = 22
};

// Instants of the board: clocks since its reset.
inline constexpr std::uint64_t kClockHz = 25'000'000;

struct Hello {
  std::uint32_t boot = 0;
  hal::ResetCause cause = hal::ResetCause::kPowerOn;
};

// State after a wake, and what was asked for in it.
struct Turn {
  std::uint64_t clock = 0;  // when the wake was over
  hal::Tick deadline = 0;   // the logic wants to run again; the watchdog bites hal::kWatchdogGrace after it
  bool motor_enabled = false;
  bool start_outlet = false;
  hal::AdcChannel start_sense = hal::AdcChannel::kNone;
  bool reset = false;    // the processor resets itself now
  bool overrun = false;  // bytes were lost in a UART's buffer since the last turn
  hal::Tone tone = hal::Tone::kOff;
  lockstep::Violation violation = lockstep::Violation::kNone;
};

struct Step {
  std::uint64_t clock = 0;   // of the pulse, read from the timer in its interrupt
  hal::Tick armed = 0;       // for when it was armed
  std::uint32_t number = 0;  // since the reset, from 1
};

// Levels of the magnet switch, and of the contact in the service connector.
struct Switches {
  bool magnet = false;
  bool wired = false;
};

struct Start {
  lockstep::StartFacts facts;
  hal::Tick rtc = 0;       // of the real-time clock, now
  std::int32_t rotor = 0;  // the hardware counter
  Switches switches;
};

struct Sense {
  bool outlet = false;     // outlet_counts is a conversion
  std::uint32_t step = 0;  // the pulse that this answers; 0: none
  std::int32_t rotor = 0;  // the hardware counter
  std::uint16_t outlet_counts = 0;
  hal::AdcChannel channel = hal::AdcChannel::kNone;  // sense_counts is a conversion of it
  std::uint16_t sense_counts = 0;
};

// Each returns the size of the frame.
std::size_t encode(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, const Hello& hello);
std::size_t encode(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, const Turn& turn);
std::size_t encode(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, const Step& step);
std::size_t encode(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, const Start& start);
std::size_t encode(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, const Sense& sense);
std::size_t encode(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, const Switches& switches);
std::size_t encode_reset(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, hal::ResetCause cause);
std::size_t encode_clock(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot, hal::Tick rtc);  // of the real-time clock, now
std::size_t encode_hang(std::span<std::uint8_t, kFrameCapacity> out, std::uint8_t boot);

// A whole frame with the right CRC; its payload may still be wrong.
struct Frame {
  Kind kind{};
  std::uint8_t boot = 0;
  std::span<const std::uint8_t> payload;
};

// Each returns false for a payload that is not such a one.
bool decode(std::span<const std::uint8_t> payload, Hello& hello);
bool decode(std::span<const std::uint8_t> payload, Turn& turn);
bool decode(std::span<const std::uint8_t> payload, Step& step);
bool decode(std::span<const std::uint8_t> payload, Start& start);
bool decode(std::span<const std::uint8_t> payload, Sense& sense);
bool decode(std::span<const std::uint8_t> payload, Switches& switches);
bool decode_reset(std::span<const std::uint8_t> payload, hal::ResetCause& cause);
bool decode_clock(std::span<const std::uint8_t> payload, hal::Tick& rtc);

// So many zeros in front of kHello and kStart end whatever frame a reset has cut, so that it does not swallow them.
inline constexpr std::size_t kFiller = kFrameCapacity;

// Puts frames together from a stream that a reset may have cut anywhere: what belongs to no frame is passed over and counted.
//   assembler.put(byte); while (const auto frame = assembler.next()) …
class Assembler {
 public:
  void put(std::uint8_t byte);
  // The next whole frame, valid until the next call of either.
  std::optional<Frame> next();
  std::uint32_t passed_over() const { return passed_over_; }

 private:
  void drop(std::size_t count);

  std::array<std::uint8_t, kFrameCapacity> bytes_;
  std::size_t have_ = 0;
  std::size_t told_ = 0;  // size of the frame that next() gave last
  std::uint32_t passed_over_ = 0;
};

}  // namespace pumpfw::pins
