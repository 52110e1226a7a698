// Judges of the values of a channel: largest, smallest, mean, worst within a band, first time that a condition holds.
#pragma once

#include "rig/monitor/judge.h"

namespace pumprig::monitor {

enum class Statistic : std::uint8_t { kMaximum, kMinimum, kMean };

// A point is one instant, a mean counts by the length of its window. The mean of a channel of means is the mean of the process; that of
// points is the mean of the points and no volume follows from it.
class StatisticJudge : public Judge {
 public:
  StatisticJudge(Statistic which, const ChannelInfo& channel, Duration interval);
  void begin(TimePoint t) override;
  void add(const Sample& sample) override;
  Outcome finish(TimePoint t) override;
  std::optional<double> live() const override;

 private:
  Statistic which_;
  Uncertainty uncertainty_;
  EvidenceGuard guard_;
  TimePoint begin_ = kNever;
  bool weighted_;
  double sum_ = 0;
  double weight_ = 0;
  std::optional<double> value_;
  TimePoint at_{};
};

// The value whose margin in the band is the smallest. A level channel (one that sends only its changes) holds its last value.
class ThroughoutJudge : public Judge {
 public:
  ThroughoutJudge(Limit band, const ChannelInfo& channel, Duration interval);
  void begin(TimePoint t) override;
  void add(const Sample& sample) override;
  Outcome finish(TimePoint t) override;
  std::optional<double> live() const override;

 private:
  void consider(TimePoint t, double value);

  Limit band_;
  Uncertainty uncertainty_;
  EvidenceGuard guard_;
  bool holds_;
  TimePoint begin_ = kNever;
  std::optional<Sample> before_;
  std::optional<double> worst_;
  TimePoint at_{};
};

// Seconds from the begin of the window to the first sample that lies in the band. Strict bounds are the caller's: it passes a narrower
// band.
class FirstTimeJudge : public Judge {
 public:
  FirstTimeJudge(Limit band, const ChannelInfo& channel, Duration interval);
  void begin(TimePoint t) override;
  void add(const Sample& sample) override;
  Outcome finish(TimePoint t) override;
  std::optional<double> live() const override;
  bool happened() const { return at_.has_value(); }

 private:
  Limit band_;
  EvidenceGuard guard_;
  bool holds_;
  TimePoint begin_ = kNever;
  TimePoint last_ = kRunStart;
  std::optional<Sample> before_;
  std::optional<TimePoint> at_;
  double blind_s_ = 0;  // time between the last sample that was outside and the first inside: it happened somewhere in there
};

}  // namespace pumprig::monitor
