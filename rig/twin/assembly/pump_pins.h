// What hangs at the pins of a pump board, whichever processor drives them: motor driver and plant behind STEP, rotor sensor, converter,
// buzzer. Tells the listeners every edge.
#pragma once

#include <cstdint>
#include <vector>

#include "firmware/hal/hal.h"
#include "rig/base/time.h"
#include "rig/instruments/world.h"
#include "rig/twin/motor_driver/tmc2209.h"
#include "rig/twin/plant/plant.h"

namespace pumprig::twin {

class PumpPins {
 public:
  explicit PumpPins(Plant& plant) : plant_(plant) {}

  // A pulse at STEP; `enabled` is the motor driver's ENN pin.
  void step(TimePoint at, bool enabled);
  void set_tone(TimePoint at, pumpfw::hal::Tone tone);
  std::uint16_t outlet_counts(TimePoint at);
  std::uint16_t battery_counts() const;
  std::int32_t rotor_count() const { return rotor_count_; }
  Tmc2209& motor_driver() { return motor_driver_; }

  void set_rotor_sensor_stuck(bool on) { rotor_stuck_ = on; }
  void set_battery_drop_v(double drop) { battery_drop_v_ = drop; }

  void add_edge_listener(instruments::EdgeListener& listener) { listeners_.push_back(&listener); }
  void remove_edge_listener(instruments::EdgeListener& listener) { std::erase(listeners_, &listener); }

 private:
  void edge(TimePoint at, instruments::Pin pin, bool rising);

  Plant& plant_;
  Tmc2209 motor_driver_;
  std::vector<instruments::EdgeListener*> listeners_;
  std::int32_t rotor_count_ = 0;
  bool rotor_stuck_ = false;
  double battery_drop_v_ = 0;
  pumpfw::hal::Tone tone_ = pumpfw::hal::Tone::kOff;
};

}  // namespace pumprig::twin
