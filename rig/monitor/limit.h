// A limit, how far a value stays inside it, and what that decides when the value is uncertain.
#pragma once

#include <limits>
#include <string>

#include "rig/base/verdict.h"

namespace pumprig::monitor {

// A closed band; an infinite end is no bound.
struct Limit {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  // Distance to the nearer end: positive inside, negative outside, 0 on the edge; +inf without any bound.
  double margin(double value) const {
    const double below = value - low;
    const double above = high - value;
    return below < above ? below : above;
  }
};

// Pass or fail when |margin| is at least the uncertainty, else inconclusive. A guard band g (0 … 1) lets a value pass whose margin lacks up
// to that share of the uncertainty: it passes from (1 - g) · uncertainty on. It never turns a doubtful value into a failure.
// A margin of exactly 0 with no uncertainty passes: limits are inclusive. NaN is inconclusive.
Verdict decide(double margin, double uncertainty, double guard_band = 0);

}  // namespace pumprig::monitor
