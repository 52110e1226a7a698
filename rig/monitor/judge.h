// Streaming judges: fed sample by sample while a run goes on or from a record, in memory that does not grow with the run.
//
// A judge sees one channel within one window (t_begin, t_end] and answers with a value, its uncertainty, and when the decisive sample was.
// What the value must be is a Limit; decide() turns margin and uncertainty into a verdict.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "rig/base/sample.h"
#include "rig/monitor/evidence.h"
#include "rig/monitor/limit.h"

namespace pumprig::monitor {

struct Outcome {
  std::optional<double> value;  // none: there was nothing to measure
  double uncertainty = 0;       // ±, in the unit of the value
  std::optional<TimePoint> at;  // of the decisive sample, where there is one
  std::string doubt;            // why the evidence does not decide; empty when it does
};

class Judge {
 public:
  virtual ~Judge() = default;
  // The window begins: what was before it has happened already.
  virtual void begin(TimePoint t) = 0;
  // Samples in the order of their instants; those before begin() are given too (the last totalizer reading, the last level).
  virtual void add(const Sample& sample) = 0;
  // The window ended at `t`; asked once.
  virtual Outcome finish(TimePoint t) = 0;
  // As it stands now, for people who watch. None: nothing to show yet.
  virtual std::optional<double> live() const = 0;
};

}  // namespace pumprig::monitor
