// A lithium cell of 1.2 Ah for the life of a pump: what its terminals show as charge leaves it.
#pragma once

#include <optional>

#include "rig/base/time.h"

namespace pumprig::twin {

struct CellConfig {
  double capacity_c = 4320;      // 1.2 Ah
  double discharged = 0.05;      // part that has left at the start: final test and storage
  double base_a = 12e-6;         // the board asleep
  double pulse_c = 15e-6;        // one step of the motor …
  double pulse_s = 15e-3;        // … drawn in so short a time
  double brown_out_volts = 2.0;  // below it the board's supply breaks down
};

class Cell {
 public:
  explicit Cell(const CellConfig& config = {}) : config_(config), left_c_(config.capacity_c * (1 - config.discharged)) {}

  void pulse(TimePoint at);
  // Part of the capacity that has left, 0 … 1.
  double discharged(TimePoint at) const;
  // At the terminals; under load while a pulse is drawn.
  double volts(TimePoint at) const;
  bool browns_out(TimePoint at) const { return volts(at) < config_.brown_out_volts; }

  void set_discharged(TimePoint at, double part);
  // A film on the anode adds to the inner resistance.
  void set_film_ohm(double ohm) { film_ohm_ = ohm; }
  // Across the poles, from `at` on; none: no longer.
  void set_short_ohm(TimePoint at, std::optional<double> ohm);
  // Below its natural voltage.
  void set_drop_volts(double drop) { drop_volts_ = drop; }

 private:
  double left_after(double seconds) const;  // what left_c_ has come to so long after since_

  CellConfig config_;
  double left_c_;  // at `since_`, without what the base has drawn since
  TimePoint since_ = kRunStart;
  TimePoint pulse_at_ = TimePoint::min();
  double film_ohm_ = 0;
  std::optional<double> short_ohm_;
  double drop_volts_ = 0;
};

// Voltage without load and inner resistance at a discharged part of 0 … 1.
double cell_volts(double discharged);
double cell_ohm(double discharged);

}  // namespace pumprig::twin
