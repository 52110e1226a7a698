#include "rig/exec/utc.h"

#include <time.h>

namespace pumprig::exec {
namespace {

std::int64_t read(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

bool noticed(Duration moved) {
  return moved >= ClockStepWatch::kNoticed || moved <= -ClockStepWatch::kNoticed;
}

}  // namespace

ClockReadings read_clocks() {
  ClockReadings out;
  // A thread that is put aside between two of these would look like a step: the reading that took the shortest is the truest.
  std::int64_t shortest = INT64_MAX;
  for (int attempt = 0; attempt < 8 && shortest > 100'000; ++attempt) {
    const std::int64_t before = read(CLOCK_MONOTONIC);
    const std::int64_t utc = read(CLOCK_REALTIME);
    const std::int64_t boot = read(CLOCK_BOOTTIME);
    const std::int64_t took = read(CLOCK_MONOTONIC) - before;
    if (took >= shortest) continue;
    shortest = took;
    out = {utc, before + took / 2, boot};
  }
  return out;
}

std::int64_t utc_now_ns() {
  return read(CLOCK_REALTIME);
}

std::optional<ClockStep> ClockStepWatch::look() {
  const ClockReadings now = read_();
  const Duration utc_moved((now.utc - now.boot) - (known_.utc - known_.boot));
  const Duration slept((now.boot - now.monotonic) - (known_.boot - known_.monotonic));
  ClockStep step;
  if (noticed(utc_moved)) step.utc_moved = utc_moved;
  if (noticed(slept)) step.slept = slept;
  if (step.utc_moved == Duration{0} && step.slept == Duration{0}) return std::nullopt;
  known_ = now;
  return step;
}

}  // namespace pumprig::exec
