// Where a device's clock stands against the rig's, with bounds: from ticks that the device read at some instant between a request and its
// reply. The pump's, unless told otherwise.
//
// Each observation says: the device's clock went through [ticks, ticks + 1) at some rig instant in [requested, replied]. A clock of
// constant rate that is in keeping with all of them lies between two extreme rates; the estimate is their middle, its bound half their
// distance. No statistics, so a bound holds however unevenly the delays fall. Pure: no clock, no link.
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
  // `kept`: observations that are remembered; fewer are quicker.
  explicit ClockEstimate(double ticks_per_second = 32768, std::size_t kept = 96) : tick_s_(1 / ticks_per_second), most_kept_(kept) {
    kept_.reserve(kept + 1);
  }

  // Observations in the order in which they were made. When one contradicts a constant rate, the oldest are forgotten until the rest agree
  // (a drift); when hardly any would stay, or it contradicts every clock that is not broken, all are (a jump). Both are counted.
  void add(std::uint64_t ticks, TimePoint requested, TimePoint replied);

  // Pump seconds per rig second, minus 1: 20e-6 for a clock that is 20 ppm fast. None before two observations that are some time apart.
  std::optional<Bounded> rate_error() const;
  // Pump clock minus rig clock at the rig instant `t`, s. None before the first observation.
  std::optional<Bounded> offset_s(TimePoint t) const;
  // The rig instant of a stamp of the pump (a log entry), s since the run began.
  std::optional<Bounded> rig_seconds(std::uint64_t ticks) const;

  std::size_t observations() const { return count_; }
  // What the estimate rests on: the observations since the last that made it forget, and the rig instants of the first and the last one.
  struct Basis {
    std::size_t observations = 0;
    TimePoint first{};
    TimePoint last{};
    Duration span() const { return last - first; }
  };
  const Basis& basis() const { return basis_; }
  std::size_t jumps() const { return jumps_; }
  std::size_t drifts() const { return drifts_; }

  // No crystal is worse; bounds the rate until observations do better. A clock that seems to jump at each of kSoManyJumps observations is
  // broken instead, and from then on may be as bad as kBrokenRateError.
  static constexpr double kWorstRateError = 1e-3;
  static constexpr double kBrokenRateError = 0.2;
  static constexpr int kSoManyJumps = 3;

 private:
  struct Observation {
    std::uint64_t ticks;
    TimePoint from;
    TimePoint to;
    Duration width() const { return to - from; }
  };
  struct Rates {
    double low;
    double high;
  };
  void narrow(Rates& rates, const Observation& before, const Observation& after) const;
  double span_s(std::uint64_t from, std::uint64_t to) const;
  bool fits(const Observation& observation) const;
  void forget_until_it_fits(const Observation& observation);
  void thin();
  void look_ahead();
  Rates any_rate() const { return {1 - worst_, 1 + worst_}; }

  // What all observations say together of a stamp that lies behind each of them, so that a stream of stamps costs the same whatever was
  // kept: it was made between low + (ticks since `origin` - 1) at the fastest rate and high + (ticks + 1) at the slowest.
  struct Ahead {
    std::uint64_t origin = 0;
    std::uint64_t last = 0;
    double low = 0;
    double high = 0;
  };

  static constexpr std::size_t kFewest = 4;  // a rate that only so few agree on may as well be a jump
  double tick_s_;
  std::size_t most_kept_;
  Ahead ahead_;
  std::vector<Observation> kept_;  // in order; thinned to the tightest of each stretch
  double worst_ = kWorstRateError;
  int jumps_in_a_row_ = 0;
  Rates rates_ = any_rate();
  Basis basis_;
  std::size_t count_ = 0;
  std::size_t jumps_ = 0;
  std::size_t drifts_ = 0;
};

}  // namespace pumprig::clients
