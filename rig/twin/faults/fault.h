// What a fault is: a name, typed parameters with unit, range and default, and how it acts on the twin. One file a fault.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/time.h"
#include "rig/twin/faults/parameter.h"
#include "rig/twin/plant/plant.h"

namespace pumprig::twin {

// Parameter values after the check, in the base unit of their dimension; every parameter of the fault is there.
class FaultValues {
 public:
  void set(std::string_view name, double value) { values_.insert_or_assign(std::string(name), value); }
  double at(std::string_view name) const { return values_.find(name)->second; }

 private:
  std::map<std::string, double, std::less<>> values_;
};

// What faults do to the pump board; the assembly implements it.
class BoardFaults {
 public:
  virtual ~BoardFaults() = default;
  virtual void set_rotor_sensor_stuck(bool on) = 0;  // the counter stands still while the rotor turns
  virtual void set_magnet(bool on) = 0;
  virtual void set_link_wired(bool on) = 0;          // the service connector is plugged, and telemetry comes by its wire
  virtual void set_battery_drop_v(double drop) = 0;  // below its natural voltage
  virtual void set_cell_discharged(TimePoint at, double part) = 0;
  virtual void set_cell_film_ohm(double ohm) = 0;                              // beside the inner resistance
  virtual void set_pump_temperature_c(std::optional<double> temperature) = 0;  // none: the body's
  // So long the resistance lies across the cell's poles; none: no longer.
  virtual void set_cell_short_ohm(TimePoint at, std::optional<double> ohm) = 0;
  virtual void jump_clock(double seconds) = 0;         // of the pump's real-time clock
  virtual void dip_supply(double width_s) = 0;         // brown-out reset now, where the board's capacitor does not last
  virtual void hang_firmware() = 0;                    // it never comes back from what it does, until its watchdog resets the board
  virtual void set_motor_phases_swapped(bool on) = 0;  // the rotor turns backwards
  virtual void set_motor_driver_silent(bool on) = 0;   // its chip neither hears nor steps
  virtual void set_coil_open(int coil) = 0;            // 1 or 2; 0: none
  virtual void set_coil_short(int coil) = 0;           // 1 or 2, to ground; 0: none
  // Counts that get lost and that come on top, each a share of the steps that turn the rotor.
  virtual void set_rotor_sensor_noise(double lost, double extra, std::uint64_t seed) = 0;
  // Besides what the bench's clock is off by; faster is positive. Only where clock_in_reach().
  virtual bool clock_in_reach() const = 0;
  virtual void set_clock_errors(TimePoint at, double real_time_clock, double processor) = 0;
  // One bit of a copy of the program, 1 or 2, in the memory that outlives a reset. Only where memory_in_reach().
  virtual bool memory_in_reach() const = 0;
  virtual void flip_program_bit(int copy) = 0;
  // One bit of the code that the board runs. Only where code_in_reach().
  virtual bool code_in_reach() const = 0;
  virtual void flip_code_bit() = 0;
  // One bit of what the firmware keeps twice in the RAM. Only where ram_in_reach().
  virtual bool ram_in_reach() const = 0;
  virtual void flip_ram_bit() = 0;
};

struct FaultTarget {
  Plant& plant;
  BoardFaults& board;
  TimePoint now;  // the fault acts from here on

  template <typename Change>
  void change_plant(Change change) const {
    Conditions conditions = plant.conditions();
    change(conditions);
    plant.set_conditions(now, conditions);
  }
};

struct FaultDescriptor {
  std::string_view name;     // "occlusion"
  std::string_view summary;  // one sentence
  std::vector<FaultParameter> parameters;
  // May add values that clear() then finds.
  void (*inject)(const FaultTarget&, FaultValues&) = nullptr;
  // Undoes what inject() did with the same values. Null: the fault is over as soon as it has happened.
  void (*clear)(const FaultTarget&, const FaultValues&) = nullptr;
  bool in_memory = false;  // needs a board whose memory is in reach
  bool in_code = false;    // needs a board whose code is in reach
  bool in_ram = false;     // needs a board whose RAM is in reach
  bool in_clock = false;   // needs a board that gets its time from the twin
};

}  // namespace pumprig::twin
