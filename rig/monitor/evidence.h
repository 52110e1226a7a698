// Whether the samples of a window can carry a verdict: nothing missing, nothing invalid, nothing beyond the meter's range.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "rig/base/sample.h"

namespace pumprig::monitor {

// Why a window decides nothing. Empty text: it can.
class EvidenceGuard {
 public:
  // `interval`: the time that should lie between samples; more than two of them without one is a gap. Zero: samples come when they come.
  explicit EvidenceGuard(Duration interval = Duration{0}) : interval_(interval) {}

  void begin(TimePoint t) { last_ = t; }
  void add(const Sample& sample);
  // The window ends: silence before its end is a gap, too.
  void end(TimePoint t);

  bool good() const { return reason_.empty(); }
  const std::string& reason() const { return reason_; }
  std::uint64_t samples() const { return samples_; }

 private:
  void note(std::string reason);

  Duration interval_;
  std::optional<TimePoint> last_;
  std::uint64_t samples_ = 0;
  std::string reason_;
};

std::string at_text(TimePoint t);  // "at 3 h 2 s"

}  // namespace pumprig::monitor
