// Volume that is left in the reservoir, from the steps that turned the rotor. Counted in steps, so nothing is rounded.
#pragma once

#include <cstdint>

#include "firmware/pump/base/units.h"

namespace pumpfw {

class ReservoirLedger {
 public:
  // What a clinician says is in the reservoir, whole steps of it. A refill starts the count since refill anew.
  void enter(std::uint32_t usable_nl, bool refill) {
    left_ = 2 * std::uint64_t{usable_nl} / kHalfNanolitresPerStep;
    if (refill) since_refill_ = 0;
  }
  void restore(std::uint64_t left_steps, std::uint64_t steps_since_refill, std::uint64_t steps_in_life) {
    left_ = left_steps;
    since_refill_ = steps_since_refill;
    life_ = steps_in_life;
  }

  void take_step() {
    if (left_ != 0) --left_;
    ++since_refill_;
    ++life_;
  }
  // Steps that turned out not to have moved the rotor.
  void give_back(std::uint32_t steps) {
    left_ += steps;
    since_refill_ -= steps < since_refill_ ? steps : since_refill_;
    life_ -= steps < life_ ? steps : life_;
  }

  bool empty() const { return left_ == 0; }
  bool at_or_below(std::uint64_t threshold_steps) const { return left_ <= threshold_steps; }
  std::uint64_t left_steps() const { return left_; }
  std::uint32_t left_nl() const { return static_cast<std::uint32_t>(nl_from_steps(left_)); }
  std::uint64_t steps_since_refill() const { return since_refill_; }
  std::uint64_t steps_in_life() const { return life_; }

 private:
  std::uint64_t left_ = 0;
  std::uint64_t since_refill_ = 0;
  std::uint64_t life_ = 0;
};

}  // namespace pumpfw
