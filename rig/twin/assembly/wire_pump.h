// The pump board in real time: the ARM image drives its own UARTs, and hangs on the twin's plant, motor driver and telemetry link by them.
//
// The pump's clock is its own. An instant that the board tells is brought to the rig's clock by the quickest frame since its reset, so that
// what a busy machine delivers late still stands at the time at which it happened.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firmware/boards/pins/frames.h"
#include "rig/exec/executor.h"
#include "rig/link/link.h"
#include "rig/twin/assembly/pump_clock.h"
#include "rig/twin/assembly/pump_side.h"
#include "rig/twin/board/board_rules.h"
#include "rig/twin/board/wire_emulator.h"

namespace pumprig::twin {

class WirePump final : public PumpSide {
 public:
  struct Parts {
    exec::Executor& executor;
    Plant& plant;
    link::Link& telemetry;  // the pump's end
    PumpClock rtc;          // of the real-time clock's chip; the processor's clock is QEMU's
    std::uint64_t seed = 0;
    WireEmulatorConfig emulator;
    bool reservoir_sensor = false;
  };
  // kNotFound, kUnavailable as WireEmulator::prepare().
  static Result<std::unique_ptr<WirePump>> create(Parts parts);

  // An error also when the board is silent for longer than its watchdog allows: then it is the emulator that hangs.
  Task<void> run() override;
  Task<void> listen() override;
  std::string describe() const override { return emulator_.describe(); }
  std::string firmware_hash() const override { return emulator_.firmware_hash(); }

  void set_magnet(bool on) override;
  void set_link_wired(bool on) override;
  void jump_clock(double seconds) override;
  void hang_firmware() override;

 private:
  void brown_out() override;
  using Tick = pumpfw::hal::Tick;
  using FrameBytes = std::array<std::uint8_t, pumpfw::pins::kFrameCapacity>;

  explicit WirePump(const Parts& parts);

  Task<void> follow_pins();
  Task<void> serve_motor();
  void pass_datagrams(Bytes& answer);
  Task<void> carry(link::Link& from, link::Link& to);
  Status take(const pumpfw::pins::Frame& frame);
  Status take_hello(const pumpfw::pins::Hello& hello);
  Status take_turn(const pumpfw::pins::Turn& turn);
  Status take_step(const pumpfw::pins::Step& step);
  // Sends the first `size` bytes of frame_; what the emulator does not take is its failure, told by run().
  void send(std::size_t size);
  void send_now(link::Link& line, ByteView bytes);
  std::uint8_t boot() const { return static_cast<std::uint8_t>(boot_); }
  Tick rtc_ticks() const;

  // The rig's instant of a clock of the board, not after the present and not before what was told already.
  TimePoint instant_of(std::uint64_t clock);
  void note_reset(const pumpfw::pins::Hello& hello, TimePoint at);
  void tell_lateness();

  exec::Executor& executor_;
  link::Link& telemetry_;
  PumpClock rtc_;
  std::uint64_t seed_;
  WireEmulator emulator_;
  BoardRules rules_;  // what the board is told at each boot
  pumpfw::pins::Assembler assembler_;
  FrameBytes frame_{};
  Status failure_;  // of a line
  Bytes to_motor_;  // the beginning of a datagram

  std::uint32_t boot_ = 0;
  bool greeted_ = false;
  bool motor_enabled_ = false;
  pumpfw::pins::Switches switches_{.magnet = false, .wired = true};
  Tick rtc_jump_ = 0;  // modulo 2^64

  TimePoint origin_ = kNever;  // of the board's clock, since its reset
  TimePoint told_{};           // the latest instant of the board
  TimePoint deadline_{};       // it said that it would have run again by then
  TimePoint silent_until_ = kNever;

  std::uint64_t steps_ = 0;
  std::uint64_t late_steps_ = 0;
  Duration worst_step_{0};   // a pulse behind the instant that it was armed for
  Duration worst_frame_{0};  // a frame behind the instant that it tells of
};

}  // namespace pumprig::twin
