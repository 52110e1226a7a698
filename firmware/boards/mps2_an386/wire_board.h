// The board on its own: real time, real UARTs with interrupts, real timers, real sleep. The rig hangs on its lines like a bench.
//
// UART 0 is telemetry, UART 1 the motor driver's bus, UART 2 stands for the pins that the machine lacks (firmware/boards/pins/frames.h).
#pragma once

#include <cstdint>
#include <span>

#include "firmware/boards/lockstep/turn_hal.h"
#include "firmware/boards/mps2_an386/registers.h"
#include "firmware/boards/mps2_an386/reset_cause.h"
#include "firmware/boards/mps2_an386/uart.h"
#include "firmware/boards/pins/frames.h"

namespace pumpfw::mps2 {

class WireBoard {
 public:
  // Finds out why the processor was reset, greets the rig and waits for what it must know.
  void begin();
  const lockstep::StartFacts& facts() const { return start_.facts; }
  static std::span<std::uint8_t> nvm() { return {reinterpret_cast<std::uint8_t*>(kNvm), hal::kNvmSize}; }
  static std::span<std::uint8_t> images() { return {reinterpret_cast<std::uint8_t*>(kImages), lockstep::kImageMemory}; }

  template <typename Logic>
  [[noreturn]] void run(lockstep::TurnHal& hal, Logic& logic) {
    for (;;) {
      gather();
      settle(hal.turn(logic, now_, rtc_base_ + now_, events_));
      sleep();
    }
  }

  void on_step_timer();  // the interrupts
  Uart& uart(std::uint32_t number) { return number == 0 ? telemetry_ : number == 1 ? motor_ : pins_; }

 private:
  struct Pulse {
    bool armed = false;
    bool fired = false;  // and the logic has not heard of it
    hal::Tick at = 0;
    std::uint64_t clock = 0;  // when it was armed for, then when it went out
    std::uint32_t number = 0;
  };

  // Collects what has happened into events_.
  void gather();
  void read_pins();
  void take_pin_frame(const pins::Frame& frame);
  void take_sense(const pins::Sense& sense);
  // Carries out what the logic did.
  void settle(const lockstep::TurnOutput& out);
  void settle_step(const lockstep::TurnOutput& out);
  void arm_step_interrupt();
  void send_turn(const lockstep::TurnOutput& out);
  // Until the deadline, or until something comes in.
  void sleep();
  bool something_came() const;
  void send_motor(std::span<const std::uint8_t> bytes);
  // A transmission on the motor's bus goes on: its echo is not complete, or the line has not rested since the last byte.
  bool motor_bus_busy(std::uint64_t now);
  void wait_until_sent();
  [[noreturn]] void hang();

  Uart telemetry_{0};
  Uart motor_{1};
  Uart pins_{2};
  pins::Assembler assembler_;
  BootFacts boot_;
  pins::Start start_;
  bool started_ = false;
  hal::Tick rtc_base_ = 0;  // of the real-time clock, at tick 0
  hal::Tick now_ = 0;
  hal::Tick deadline_ = 0;
  hal::Events events_;
  std::uint32_t came_ = 0;  // flags of what the pins brought
  std::int32_t rotor_ = 0;
  std::uint16_t outlet_counts_ = 0;
  hal::AdcChannel sense_channel_ = hal::AdcChannel::kNone;
  std::uint16_t sense_counts_ = 0;
  pins::Switches switches_;
  hal::Tick step_at_ = 0;
  volatile Pulse pulse_;
  std::uint32_t motor_owed_ = 0;  // bytes of the last transmission
  std::uint32_t motor_mark_ = 0;  // what had been received before it
  std::uint32_t motor_seen_ = 0;  // what had been received at the last look
  std::uint64_t motor_sent_at_ = 0;
  std::uint64_t motor_heard_at_ = 0;
  std::uint8_t motor_bytes_[lockstep::kMotorCapacity];
  std::uint8_t telemetry_bytes_[lockstep::kTelemetryCapacity];
  std::uint8_t frame_[pins::kFrameCapacity];
};

// The one that there is; the interrupts go to it.
extern WireBoard wire_board;

}  // namespace pumpfw::mps2
