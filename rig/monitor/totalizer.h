// Volume and mean flow from a totalizer: the difference of two readings, never a sum of polled flows.
#pragma once

#include "rig/monitor/judge.h"

namespace pumprig::monitor {

enum class TotalizerValue : std::uint8_t {
  kVolume,        // µL between the first reading in the window and the last
  kMeanFlow,      // µL/min: that volume by the time between those readings
  kExcessVolume,  // µL above `baseline` (µL/min) times that time: what an opened occlusion lets go
  kFlowError,     // ratio: A of the infusion-pump standards, mean flow by `baseline` less 1
};

class TotalizerJudge : public Judge {
 public:
  TotalizerJudge(TotalizerValue which, const ChannelInfo& channel, Duration interval, double baseline_ul_per_min = 0);
  void begin(TimePoint t) override;
  void add(const Sample& sample) override;
  Outcome finish(TimePoint t) override;
  std::optional<double> live() const override;

 private:
  double value_of(double volume_ul, double minutes) const;

  TotalizerValue which_;
  Uncertainty uncertainty_;
  double resolution_;
  EvidenceGuard guard_;
  double baseline_;
  TimePoint begin_ = kNever;
  std::optional<Sample> first_;
  std::optional<Sample> last_;
};

}  // namespace pumprig::monitor
