// The pump board of a twin, as the rest of the twin sees it: it runs by itself, has pins, and faults act on it.
#pragma once

#include <string>
#include <string_view>

#include "rig/exec/task.h"
#include "rig/twin/assembly/board_events.h"
#include "rig/twin/assembly/pump_pins.h"
#include "rig/twin/faults/fault.h"

namespace pumprig::twin {

class PumpSide : public BoardFaults {
 public:
  PumpSide(Plant& plant, bool reservoir_sensor) : pins_(plant, reservoir_sensor) {}

  // Powers the board on and runs it until cancelled. An error is one of the twin (the emulator died), never of the pump.
  virtual Task<void> run() = 0;
  // Beside run(): whatever must listen all the time.
  virtual Task<void> listen() = 0;
  virtual std::string describe() const = 0;
  virtual std::string firmware_hash() const = 0;

  PumpPins& pins() { return pins_; }
  // Null: nobody wants to know. Must outlive the board or be taken away.
  void set_events(BoardEvents* events) { events_ = events; }

  void set_rotor_sensor_stuck(bool on) override { pins_.set_rotor_sensor_stuck(on); }
  void set_motor_phases_swapped(bool on) override { pins_.set_motor_phases_swapped(on); }
  void set_rotor_sensor_noise(double lost, double extra, std::uint64_t seed) override { pins_.set_rotor_noise(lost, extra, seed); }
  void set_coil_open(int coil) override { pins_.motor_driver().set_coil_open(coil); }
  void set_coil_short(int coil) override { pins_.motor_driver().set_coil_short(coil); }
  void set_motor_driver_silent(bool on) override { pins_.motor_driver().set_silent(on); }
  bool memory_in_reach() const override { return false; }
  void flip_program_bit(int) override {}
  bool code_in_reach() const override { return false; }
  void flip_code_bit() override {}
  bool ram_in_reach() const override { return false; }
  void flip_ram_bit() override {}
  bool clock_in_reach() const override { return false; }
  void set_clock_errors(TimePoint, double, double) override {}
  void dip_supply(double width_s) override {
    if (width_s > kHoldUp_s) brown_out();
  }
  void set_battery_drop_v(double drop) override { pins_.cell().set_drop_volts(drop); }
  void set_cell_discharged(TimePoint at, double part) override { pins_.cell().set_discharged(at, part); }
  void set_cell_film_ohm(double ohm) override { pins_.cell().set_film_ohm(ohm); }
  void set_cell_short_ohm(TimePoint at, std::optional<double> ohm) override { pins_.cell().set_short_ohm(at, ohm); }
  void set_pump_temperature_c(std::optional<double> temperature) override { pins_.set_temperature_c(temperature); }

 protected:
  void tell(TimePoint at, std::string_view kind, std::string_view text) {
    if (events_ != nullptr) events_->board_event(at, kind, text);
  }

  // The supply has broken down: the board resets.
  virtual void brown_out() = 0;

  PumpPins pins_;

 private:
  // 22 µF behind the cell, from 2.9 V down to the 2.0 V at which the supply breaks down, at 20 mA of a board that computes and steps.
  static constexpr double kHoldUp_s = 1e-3;

  BoardEvents* events_ = nullptr;
};

}  // namespace pumprig::twin
