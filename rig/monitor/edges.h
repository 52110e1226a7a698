// Judges of pulses that a witness saw: how many, how evenly, and when the last one was. One sample is one pulse.
#pragma once

#include "rig/monitor/judge.h"

namespace pumprig::monitor {

enum class EdgeValue : std::uint8_t {
  kCount,      // pulses in the window
  kJitter,     // ratio: largest deviation of an interval from the mean interval
  kFirstTime,  // s from the begin of the window to the first pulse in it
  kRate,       // pulses a minute, by the time from the first to the last
  kLastTime,   // s from the begin of the window to the last pulse in it; 0 when there is none
};

class EdgeJudge : public Judge {
 public:
  // `instant_s`: ± of an instant, at the least; a sample whose `requested` lies further before its `t` is that uncertain.
  EdgeJudge(EdgeValue which, double instant_s);
  void begin(TimePoint t) override;
  void add(const Sample& sample) override;
  Outcome finish(TimePoint t) override;
  std::optional<double> live() const override;

 private:
  std::optional<double> jitter() const;
  std::optional<double> rate() const;

  EdgeValue which_;
  double instant_s_;
  EvidenceGuard guard_;
  TimePoint begin_ = kNever;
  std::uint64_t count_ = 0;
  TimePoint first_{};
  TimePoint last_{};
  Duration shortest_ = Duration::max();
  Duration longest_{0};
  TimePoint shortest_at_{};
  TimePoint longest_at_{};
};

}  // namespace pumprig::monitor
