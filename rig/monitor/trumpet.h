// Start-up and trumpet curve of an infusion pump, and its overall error, from cumulative volume.
//
// With V_i the volume at i·S, r the set rate, n = P/S and T = N·S:
//   A = V_N / (T·r) - 1;   e_j(P) = (V_{j+n-1} - V_{j-1}) / (P·r) - 1, j = 1 … M, M = N - n + 1;   Ep(max), Ep(min) over j.
// (In the style of IEC 60601-2-24; ratios here, per cent there.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "rig/base/time.h"
#include "rig/monitor/judge.h"

namespace pumprig::monitor {

struct TrumpetPoint {
  std::size_t n = 0;                   // window length in samples
  std::uint64_t m = 0;                 // how many windows
  double max = 0, min = 0;             // ratios; not meaningful when m is 0
  std::uint64_t max_j = 0, min_j = 0;  // which window it was, from 1
};

class TrumpetCurve {
 public:
  // `per_sample`: volume that the set rate delivers in one sample interval, in the unit of the volumes.
  TrumpetCurve(double per_sample, std::vector<std::size_t> windows);
  // The cumulative volume at the next sample instant; the first call is V_0.
  void add(double volume);

  std::uint64_t samples() const { return count_ == 0 ? 0 : count_ - 1; }  // N
  std::optional<double> overall_error() const;                            // A
  const std::vector<TrumpetPoint>& points() const { return points_; }

 private:
  double per_sample_;
  std::vector<TrumpetPoint> points_;
  std::vector<double> ring_;  // the last max(n) + 1 volumes
  std::uint64_t count_ = 0;
  double first_ = 0;
  double last_ = 0;
};

// The same as a judge over a totalizer channel: volumes at multiples of S are interpolated between the two readings beside them. The value
// is the e_j(P) that is farthest from 0.
class TrumpetJudge : public Judge {
 public:
  TrumpetJudge(double rate_ul_per_min, Duration sample_interval, std::size_t n, const ChannelInfo& channel, Duration interval);
  void begin(TimePoint t) override;
  void add(const Sample& sample) override;
  Outcome finish(TimePoint t) override;
  std::optional<double> live() const override;

 private:
  double rate_;
  Duration s_;
  std::size_t n_;
  Uncertainty uncertainty_;
  double resolution_;
  EvidenceGuard guard_;
  TrumpetCurve curve_;
  TimePoint begin_ = kNever;
  TimePoint next_{};
  std::optional<Sample> before_;
};

}  // namespace pumprig::monitor
