// Volume that is left in the reservoir, from the steps that turned the rotor. Counted in steps, so nothing is rounded.
#pragma once

#include <cstdint>

#include "firmware/pump/base/twice.h"
#include "firmware/pump/base/units.h"

namespace pumpfw {

class ReservoirLedger {
 public:
  // What a clinician says is in the reservoir, whole steps of it. A refill starts the count since refill anew.
  void enter(std::uint32_t usable_nl, bool refill) {
    counts_.change([&](Counts& c) {
      c.left = 2 * std::uint64_t{usable_nl} / kHalfNanolitresPerStep;
      if (refill) c.since_refill = 0;
    });
  }
  void restore(std::uint64_t left_steps, std::uint64_t steps_since_refill, std::uint64_t steps_in_life) {
    counts_.reset({left_steps, steps_since_refill, steps_in_life});
  }

  void take_step() {
    counts_.change([](Counts& c) {
      if (c.left != 0) --c.left;
      ++c.since_refill;
      ++c.life;
    });
  }
  // Steps that turned out not to have moved the rotor.
  void give_back(std::uint32_t steps) {
    counts_.change([&](Counts& c) {
      c.left += steps;
      c.since_refill -= steps < c.since_refill ? steps : c.since_refill;
      c.life -= steps < c.life ? steps : c.life;
    });
  }

  bool intact() const { return counts_.intact(); }
  bool empty() const { return left_steps() == 0; }
  bool at_or_below(std::uint64_t threshold_steps) const { return left_steps() <= threshold_steps; }
  std::uint64_t left_steps() const { return counts_.get().left; }
  std::uint32_t left_nl() const { return static_cast<std::uint32_t>(nl_from_steps(left_steps())); }
  std::uint64_t steps_since_refill() const { return counts_.get().since_refill; }
  std::uint64_t steps_in_life() const { return counts_.get().life; }

 private:
  struct Counts {
    std::uint64_t left = 0;
    std::uint64_t since_refill = 0;
    std::uint64_t life = 0;
    friend constexpr bool operator==(const Counts&, const Counts&) = default;
  };
  Twice<Counts> counts_;
};

}  // namespace pumpfw
