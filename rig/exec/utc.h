// The machine's wall clock, read in this one place: for names of runs, when they began and ended, and to notice that it was stepped or that
// the machine slept. No instant of a run and no deadline comes from it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "rig/base/time.h"

namespace pumprig::exec {

// Three clocks of the machine, ns, read one right after the other.
struct ClockReadings {
  std::int64_t utc = 0;        // since 1970-01-01 UTC; may be set at any time, forwards and backwards
  std::int64_t monotonic = 0;  // that the executor waits by; never set, stands while the machine sleeps
  std::int64_t boot = 0;       // never set, and goes on while the machine sleeps
};
ClockReadings read_clocks();

// Nanoseconds since 1970-01-01 UTC.
std::int64_t utc_now_ns();

// The wall date as it was once, and from then on by a clock that nobody sets: when the wall clock is stepped, this does not move.
class UtcOrigin {
 public:
  explicit UtcOrigin(const ClockReadings& at = read_clocks()) : at_(at) {}
  std::int64_t began_ns() const { return at_.utc; }
  std::int64_t ns_at(const ClockReadings& later) const { return at_.utc + (later.boot - at_.boot); }
  std::int64_t now_ns() const { return ns_at(read_clocks()); }

 private:
  ClockReadings at_;
};

// What happened to the machine's clocks since the last look.
struct ClockStep {
  Duration utc_moved{0};  // the wall clock was set forwards (positive) or backwards
  Duration slept{0};      // the machine was suspended: its monotonic clock, and with it the rig's, stood
};

// Looks now and then. Slower corrections of the wall clock than kNoticed between two looks that found something are no step.
class ClockStepWatch {
 public:
  static constexpr Duration kNoticed = std::chrono::milliseconds(500);

  explicit ClockStepWatch(std::function<ClockReadings()> read = &read_clocks) : read_(std::move(read)), known_(read_()) {}
  std::optional<ClockStep> look();

 private:
  std::function<ClockReadings()> read_;
  ClockReadings known_;  // the differences between the clocks, as of then
};

}  // namespace pumprig::exec
