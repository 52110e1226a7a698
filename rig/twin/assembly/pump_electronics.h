// The pump board's electronics around the processor: clock, motor bus, STEP pin, rotor sensor, converter, buzzer, telemetry receiver.
//
// It owns the board's time: one coroutine that sleeps until the next thing happens on the board, then wakes the firmware with all that
// happened at that instant.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "rig/base/result.h"
#include "rig/exec/executor.h"
#include "rig/instruments/world.h"
#include "rig/link/link.h"
#include "rig/twin/assembly/pump_clock.h"
#include "rig/twin/board/board_port.h"
#include "rig/twin/motor_driver/tmc2209.h"
#include "rig/twin/plant/plant.h"

namespace pumprig::twin {

class PumpElectronics {
 public:
  struct Parts {
    exec::Executor& executor;
    BoardPort& board;
    Plant& plant;
    link::Link& telemetry;  // the pump's end
    PumpClock clock;
  };
  explicit PumpElectronics(Parts parts);

  // Powers the board on and runs it until cancelled. An error is one of the twin (the emulator died), never of the pump.
  Task<void> run();

  void add_edge_listener(instruments::EdgeListener& listener) { listeners_.push_back(&listener); }
  void remove_edge_listener(instruments::EdgeListener& listener) { std::erase(listeners_, &listener); }

  PumpClock& clock() { return clock_; }
  Tmc2209& motor_driver() { return motor_driver_; }
  void set_cell_mv(std::uint16_t mv) { cell_mv_ = mv; }
  void set_magnet(bool near);
  // A rotor sensor that gives no counts, or a motor whose phases are crossed.
  void set_rotor_sensor_dead(bool dead) { rotor_dead_ = dead; }
  void set_direction(int direction) { direction_ = direction; }
  std::uint64_t wakes() const { return wakes_; }
  std::uint32_t resets() const { return resets_; }

 private:
  using Tick = pumpfw::hal::Tick;

  // Ticks of the board's monotonic clock start anew at each reset; those of the real-time clock do not.
  Tick now_ticks() const { return rtc_ticks() - boot_rtc_; }
  Tick rtc_ticks() const { return clock_.tick_at(executor_.now()); }
  TimePoint instant_of(Tick since_boot) const { return clock_.instant_of(since_boot + boot_rtc_); }

  Status boot(pumpfw::hal::ResetCause cause);
  // Gathers what has happened by now into input_.
  Status collect();
  void fire_step();
  void convert_outlet();
  // Carries out what the firmware did.
  Status obey();
  void send_to_motor(const Bytes& bytes);
  void set_tone(pumpfw::hal::Tone tone);
  void edge(instruments::Pin pin, bool rising);
  TimePoint next_instant() const;

  exec::Executor& executor_;
  BoardPort& board_;
  Plant& plant_;
  link::Link& telemetry_;
  PumpClock clock_;
  Tmc2209 motor_driver_;
  std::vector<instruments::EdgeListener*> listeners_;

  BoardInput input_;
  BoardOutput output_;
  Tick boot_rtc_ = 0;
  std::int32_t rotor_count_ = 0;
  int direction_ = +1;
  bool rotor_dead_ = false;
  bool magnet_ = false;
  bool magnet_changed_ = false;
  std::uint16_t cell_mv_ = 3050;
  pumpfw::hal::Tone tone_ = pumpfw::hal::Tone::kOff;

  TimePoint deadline_ = kRunStart;
  TimePoint step_due_ = kNever;
  TimePoint motor_due_ = kNever;   // the echo and the reply have come in
  TimePoint outlet_due_ = kNever;  // conversions are done
  TimePoint battery_due_ = kNever;
  Bytes motor_rx_;
  Bytes motor_reply_;
  Bytes telemetry_tx_;
  std::uint64_t wakes_ = 0;
  std::uint32_t resets_ = 0;
};

}  // namespace pumprig::twin
