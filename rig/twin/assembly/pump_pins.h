// What hangs at the pins of a pump board, whichever processor drives them: motor driver and plant behind STEP, rotor sensor, converter,
// buzzer. Tells the listeners every edge.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "firmware/hal/hal.h"
#include "rig/base/rng.h"
#include "rig/base/time.h"
#include "rig/instruments/world.h"
#include "rig/twin/cell/cell.h"
#include "rig/twin/motor_driver/tmc2209.h"
#include "rig/twin/plant/plant.h"

namespace pumprig::twin {

class PumpPins {
 public:
  // `reservoir_sensor`: the model has one.
  PumpPins(Plant& plant, bool reservoir_sensor) : plant_(plant), reservoir_sensor_(reservoir_sensor) {}

  // A pulse at STEP; `enabled` is the motor driver's ENN pin.
  void step(TimePoint at, bool enabled);
  void set_tone(TimePoint at, pumpfw::hal::Tone tone);
  std::uint16_t outlet_counts(TimePoint at);
  // Of the converter that battery, temperature and reservoir share.
  std::uint16_t sense_counts(TimePoint at, pumpfw::hal::AdcChannel channel);
  std::int32_t rotor_count() const { return rotor_count_; }
  Tmc2209& motor_driver() { return motor_driver_; }

  void set_rotor_sensor_stuck(bool on) { rotor_stuck_ = on; }
  // Shares of the steps that turn the rotor; both 0: none.
  void set_rotor_noise(double lost, double extra, std::uint64_t seed);
  void set_motor_phases_swapped(bool on) { direction_ = on ? -1 : +1; }
  Cell& cell() { return cell_; }
  // None: the body's.
  void set_temperature_c(std::optional<double> temperature) { temperature_c_ = temperature.value_or(kBodyTemperature_c); }

  void add_edge_listener(instruments::EdgeListener& listener) { listeners_.push_back(&listener); }
  void remove_edge_listener(instruments::EdgeListener& listener) { std::erase(listeners_, &listener); }

 private:
  static constexpr double kBodyTemperature_c = 37;

  void edge(TimePoint at, instruments::Pin pin, bool rising);

  Plant& plant_;
  bool reservoir_sensor_;
  Tmc2209 motor_driver_;
  std::vector<instruments::EdgeListener*> listeners_;
  std::int32_t rotor_count_ = 0;
  bool rotor_stuck_ = false;
  double lost_counts_ = 0;
  double extra_counts_ = 0;
  Rng noise_{0};
  int direction_ = +1;  // of the rotor, a step
  Cell cell_;
  double temperature_c_ = kBodyTemperature_c;
  pumpfw::hal::Tone tone_ = pumpfw::hal::Tone::kOff;
};

}  // namespace pumprig::twin
