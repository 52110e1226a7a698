// Bounded temporal operators over a margin signal, sample by sample.
//
// For the sample at t: kAlways is the smallest margin of the samples in [t + a, t + b], kEventually the largest; kHistorically and kOnce
// look back over [t - b, t - a]. A window that reaches past the end of the trace shrinks (optimistic always, pessimistic eventually); an
// empty one gives +inf for kAlways and kHistorically, -inf for kEventually and kOnce. Bounds are times, so unequal sampling is no special
// case.
#pragma once

#include <deque>
#include <functional>

#include "rig/base/time.h"
#include "rig/monitor/sliding.h"

namespace pumprig::monitor {

enum class Temporal : std::uint8_t { kAlways, kEventually, kHistorically, kOnce };

struct TemporalValue {
  TimePoint t{};  // the instant that the value is of
  double margin = 0;
  TimePoint decisive{};  // of the sample that gave it; t itself when the window was empty
  bool covered = true;   // false: the trace ended inside the window, the value may still change with more of it
};

class BoundedOperator {
 public:
  using Sink = std::function<void(const TemporalValue&)>;
  // 0 <= a <= b.
  BoundedOperator(Temporal which, Duration a, Duration b, Sink sink);

  void push(TimePoint t, double margin);
  // The trace ended: what waits for the future is given out.
  void finish();

 private:
  bool looks_ahead() const { return which_ == Temporal::kAlways || which_ == Temporal::kEventually; }
  void emit_future(TimePoint t, bool covered);
  void emit_past(TimePoint t);
  void give(TimePoint t, bool covered);

  Temporal which_;
  Duration a_, b_;
  Sink sink_;
  SlidingExtreme window_;
  std::deque<TimePoint> waiting_;              // future operators: instants without their value yet
  std::deque<SlidingExtreme::Entry> pending_;  // samples that no window has reached yet
};

}  // namespace pumprig::monitor
