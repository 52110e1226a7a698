// The rotor with its rollers: what one full step displaces, and when it does not turn.
#pragma once

#include <array>
#include <cstdint>

#include "rig/twin/plant/config.h"

namespace pumprig::twin {

inline constexpr int kStepsPerRevolution = 960;
inline constexpr int kStepsPerRoller = 320;
inline constexpr double kUlPerRoller = 4.0;

class PumpHead {
 public:
  explicit PumpHead(const PumpHeadConfig& config);

  struct Outcome {
    bool moved = false;    // the rotor turned, so the rotor sensor counts
    double volume_ul = 0;  // from the inlet to the outlet; negative when it turned backwards
  };
  // One full step against a differential pressure (outlet minus inlet, kPa). Direction is +1 or -1.
  Outcome step(double differential_kpa, int direction);

  int position() const { return position_; }
  // Nominal volume of a step, µL: the flow density q0·[1 − k·w(θ)]/(1 − k·w̄) integrated over it, where w is a raised cosine over the last
  // 20 % of each roller's sector. A revolution sums to 12.0 µL.
  double nominal_ul(int position) const { return table_[static_cast<std::size_t>(position % kStepsPerRoller)]; }

  void set_forced_stall(bool on) { forced_stall_ = on; }
  void add_missed_steps(std::uint32_t count) { missed_ += count; }
  void forget_missed_steps() { missed_ = 0; }
  void set_gain_factor(double factor) { gain_ = config_.gain * factor; }
  // Of its volume so much goes back past the roller, a kPa of differential pressure.
  void set_back_leak_per_kpa(double share) { back_leak_per_kpa_ = share; }
  // So large a part of the steps, evenly spread, does not turn the rotor: 1 is the load that the motor just cannot turn.
  void set_load(double load) { load_ = load; }

 private:
  PumpHeadConfig config_;
  double gain_;
  std::array<double, kStepsPerRoller> table_{};
  int position_ = 0;
  bool forced_stall_ = false;
  std::uint32_t missed_ = 0;
  double back_leak_per_kpa_ = 0;
  double load_ = 0;
  double behind_ = 0;  // of the next step that the load will swallow
};

}  // namespace pumprig::twin
