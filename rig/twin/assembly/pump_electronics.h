// The pump board's electronics around the processor: clock, motor bus, STEP pin, rotor sensor, converter, buzzer, telemetry receiver.
//
// It owns the board's time: one coroutine that sleeps until the next thing happens on the board, then wakes the firmware with all that
// happened at that instant.
#pragma once

#include <cstdint>

#include "rig/base/result.h"
#include "rig/exec/executor.h"
#include "rig/link/link.h"
#include "rig/twin/assembly/pump_clock.h"
#include "rig/twin/assembly/pump_side.h"
#include "rig/twin/board/board_port.h"
#include "rig/twin/plant/plant.h"

namespace pumprig::twin {

class PumpElectronics final : public PumpSide {
 public:
  struct Parts {
    exec::Executor& executor;
    BoardPort& board;
    Plant& plant;
    link::Link& telemetry;  // the pump's end
    PumpClock clock;
    bool reservoir_sensor = false;
  };
  explicit PumpElectronics(Parts parts);

  Task<void> run() override;
  // Notices bytes at the telemetry receiver.
  Task<void> listen() override;
  std::string describe() const override { return board_.describe(); }
  std::string firmware_hash() const override { return board_.firmware_hash(); }

  void set_magnet(bool on) override;
  void set_link_wired(bool on) override { wired_ = on; }
  void jump_clock(double seconds) override;
  void hang_firmware() override;
  bool memory_in_reach() const override { return true; }
  void flip_program_bit(int copy) override;
  bool code_in_reach() const override { return !board_.code().empty(); }
  void flip_code_bit() override;
  bool ram_in_reach() const override { return !board_.ram().empty(); }
  void flip_ram_bit() override;
  bool clock_in_reach() const override { return true; }
  void set_clock_errors(TimePoint at, double real_time_clock, double processor) override;

  std::uint64_t wakes() const { return wakes_; }
  std::uint32_t resets() const { return resets_; }
  // How late the machine was at worst, in scenario time; 0 in virtual time.
  Duration worst_lag() const { return worst_lag_; }

 private:
  void brown_out() override;
  using Tick = pumpfw::hal::Tick;

  // Ticks of the board's monotonic clock start anew at each reset; those of the real-time clock do not.
  Tick now_ticks() const { return clock_.tick_at(now_) - boot_tick_; }
  Tick rtc_ticks() const { return rtc_.tick_at(now_) + rtc_jump_; }
  TimePoint instant_of(Tick since_boot) const { return clock_.instant_of(since_boot + boot_tick_); }

  Status boot(pumpfw::hal::ResetCause cause);
  void follow_clock();
  // The firmware does nothing more: sleeps until the watchdog has bitten, or the supply dips.
  Task<void> sleep_out_hang();
  Task<void> reset();
  // Gathers what has happened by now into input_.
  Status collect();
  void fire_step();
  void convert_outlet();
  // Carries out what the firmware did.
  void obey();
  void send_to_motor(const Bytes& bytes);
  TimePoint next_instant() const;

  exec::Executor& executor_;
  BoardPort& board_;
  link::Link& telemetry_;
  PumpClock clock_;
  PumpClock rtc_;

  BoardInput input_;
  BoardOutput output_;
  Tick boot_tick_ = 0;  // of clock_, at the last reset
  Tick rtc_jump_ = 0;   // modulo 2^64
  bool dipped_ = false;
  bool hung_ = false;
  exec::Event nudge_;  // something happened outside the board's own schedule
  exec::Event heard_;  // run() has taken what listen() noticed
  bool magnet_ = false;
  bool magnet_changed_ = false;
  bool wired_ = true;

  TimePoint now_{};  // of the board: behind the executor while the machine is late
  Duration worst_lag_{0};
  TimePoint deadline_ = kRunStart;
  TimePoint step_due_ = kNever;
  TimePoint motor_due_ = kNever;   // the echo and the reply have come in
  TimePoint outlet_due_ = kNever;  // conversions are done
  TimePoint sense_due_ = kNever;
  pumpfw::hal::AdcChannel sense_channel_ = pumpfw::hal::AdcChannel::kNone;
  Bytes motor_rx_;
  Bytes motor_reply_;
  Bytes telemetry_tx_;
  std::uint64_t wakes_ = 0;
  std::uint32_t resets_ = 0;
};

}  // namespace pumprig::twin
