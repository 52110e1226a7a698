// REQ-701: the pump tests itself before anything moves. In full at power-on and on request, in short after any other reset.
//
// Short: the stack. Full: stack, code, RAM, memory, sensors, clock, in this order and a slice a wake. What both have besides, the records
// and the motor driver's settings, is looked after by Store and MotorDriver. It ends within kLimit whatever does not answer: far below the
// 10 s of the requirement, so that a power-on also keeps the 5 s of REQ-704.
#pragma once

#include <cstdint>
#include <span>

#include "firmware/hal/hal.h"
#include "firmware/protocol/codes.h"
#include "firmware/pump/base/units.h"
#include "firmware/pump/selftest/code_guard.h"

namespace pumpfw {

using protocol::SelfTestPart;

class SelfTest {
 public:
  static constexpr Tick kLimit = 3 * kSecond;

  SelfTest(hal::Hal& hal, std::uint32_t capacity_nl) : hal_(hal), capacity_nl_(capacity_nl) {}

  void begin(Tick now, bool full);
  // The next slice, and time-outs: call when due. `memory_free`: no other access to the memory is under way.
  void run(Tick now, bool memory_free);
  Tick due() const { return due_; }
  bool running() const { return step_ != Step::kDone; }
  bool full() const { return full_; }
  // Bits of SelfTestPart.
  std::uint16_t tested() const { return tested_; }
  std::uint16_t failed() const { return failed_; }

  // The memory is the test's own while this holds: its answers belong here.
  bool holds_memory() const { return memory_ == Memory::kWriting || memory_ == Memory::kReading; }
  void memory_written(Tick now);
  void memory_read(Tick now, std::span<const std::uint8_t> bytes);
  void take_outlet(Tick now, std::uint16_t counts) { take(now, hal::AdcChannel::kOutletPressure, counts); }
  void take_sense(Tick now, hal::AdcChannel channel, std::uint16_t counts) { take(now, channel, counts); }

 private:
  enum class Step : std::uint8_t { kStack, kCode, kRam, kMemory, kPressure, kBattery, kTemperature, kReservoir, kClock, kDone };
  enum class Memory : std::uint8_t { kIdle, kWriting, kReading };
  static constexpr std::size_t kPatternSize = 64;

  void next(Tick now);
  void end(Tick now, bool good);  // of the part under way
  void ask(Tick now);
  void take(Tick now, hal::AdcChannel of, std::uint16_t counts);
  bool plausible(std::uint16_t counts) const;
  hal::AdcChannel channel() const;
  std::uint8_t pattern(std::size_t i) const { return static_cast<std::uint8_t>((i % 2 == 0 ? 0x55 : 0xAA) ^ salt_ ^ i); }

  hal::Hal& hal_;
  std::uint32_t capacity_nl_;
  Step step_ = Step::kDone;
  bool full_ = false;
  Tick begun_ = 0;
  Tick rtc_begun_ = 0;
  Tick due_ = kNever;
  CodeGuard code_;
  std::uint32_t ram_slice_ = 0;
  Memory memory_ = Memory::kIdle;
  std::uint8_t salt_ = 0;  // so that an old pattern is not taken for the new one
  std::uint8_t asked_ = 0;
  std::uint16_t tested_ = 0;
  std::uint16_t failed_ = 0;
};

}  // namespace pumpfw
