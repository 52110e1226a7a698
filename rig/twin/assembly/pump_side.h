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
  void set_motor_driver_silent(bool on) override { pins_.motor_driver().set_silent(on); }
  bool memory_in_reach() const override { return false; }
  void flip_program_bit(int) override {}
  bool code_in_reach() const override { return false; }
  void flip_code_bit() override {}
  void set_battery_drop_v(double drop) override { pins_.cell().set_drop_volts(drop); }
  void set_cell_discharged(TimePoint at, double part) override { pins_.cell().set_discharged(at, part); }
  void set_cell_film_ohm(double ohm) override { pins_.cell().set_film_ohm(ohm); }
  void set_pump_temperature_c(std::optional<double> temperature) override { pins_.set_temperature_c(temperature); }

 protected:
  void tell(TimePoint at, std::string_view kind, std::string_view text) {
    if (events_ != nullptr) events_->board_event(at, kind, text);
  }

  PumpPins pins_;

 private:
  BoardEvents* events_ = nullptr;
};

}  // namespace pumprig::twin
