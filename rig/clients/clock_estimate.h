// Where the pump's clock stands against the rig's, with bounds: from ticks that the pump read at some instant between a request and its
// reply.
//
// Each observation says: the pump's clock went through [ticks, ticks + 1) at some rig instant in [requested, replied]. A clock of constant
// rate that is in keeping with all of them lies between two extreme rates; the estimate is their middle, its bound half their distance.
// No statistics, so a bound holds however unevenly the delays fall. Pure: no clock, no link.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rig/base/time.h"

namespace pumprig::clients {

struct Bounded {
  double value = 0;
  double bound = 0;  // the truth lies within value ± bound
};

class ClockEstimate {
 public:
  // Observations in the order in which they were made. When one contradicts a constant rate, the oldest are forgotten until the rest agree
  // (a drift); when it contradicts every clock that is not broken, all are (a jump). Both are counted.
  void add(std::uint64_t ticks, TimePoint requested, TimePoint replied);

  // Pump seconds per rig second, minus 1: 20e-6 for a clock that is 20 ppm fast. None before two observations that are some time apart.
  std::optional<Bounded> rate_error() const;
  // Pump clock minus rig clock at the rig instant `t`, s. None before the first observation.
  std::optional<Bounded> offset_s(TimePoint t) const;
  // The rig instant of a stamp of the pump (a log entry), s since the run began.
  std::optional<Bounded> rig_seconds(std::uint64_t ticks) const;

  std::size_t observations() const { return count_; }
  std::size_t jumps() const { return jumps_; }
  std::size_t drifts() const { return drifts_; }

  // No crystal is worse; bounds the rate until observations do better.
  static constexpr double kWorstRateError = 1e-3;

 private:
  struct Observation {
    std::uint64_t ticks;
    TimePoint from;
    TimePoint to;
    Duration width() const { return to - from; }
  };
  struct Rates {
    double low = 1 - kWorstRateError;
    double high = 1 + kWorstRateError;
  };
  static void narrow(Rates& rates, const Observation& before, const Observation& after);
  bool fits(const Observation& observation) const;
  void forget_until_it_fits(const Observation& observation);
  void thin();

  static constexpr std::size_t kKept = 96;
  std::vector<Observation> kept_;  // in order; thinned to the tightest of each stretch
  Rates rates_;
  std::size_t count_ = 0;
  std::size_t jumps_ = 0;
  std::size_t drifts_ = 0;
};

}  // namespace pumprig::clients
