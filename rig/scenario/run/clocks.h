// The clocks of a run: how the pump's stands against the rig's, and whether somebody set the machine's wall clock or put it to sleep. Both
// are told by events; nothing else of the run depends on either.
//
// Events of the source "clock":
//   pump_clock   the estimate as it stands, with fields (JSON): at_ns, offset_ns ± offset_uncertainty_ns (pump minus rig at that instant),
//                drift_ppm ± drift_uncertainty_ppm (null: one exchange says nothing of it), exchanges and span_ns (what it rests on), jumps
//                and drifts (how often the pump's clock did not go on as it had). The last one of a run holds.
//   wall_clock   the wall clock was set, by utc_moved_ns
//   suspended    the machine slept for slept_ns: the rig's clock stood, the pump's did not
#pragma once

#include <optional>
#include <string>

#include "rig/bench/bench.h"
#include "rig/clients/clock_estimate.h"
#include "rig/exec/utc.h"
#include "rig/record/writer.h"
#include "rig/scenario/run/sampling.h"

namespace pumprig::scenario {

inline constexpr const char* kClockSource = "clock";
inline constexpr const char* kPumpClockEvent = "pump_clock";

class ClockKeeper {
 public:
  ClockKeeper(bench::Bench& bench, record::RunWriter& writer, Sampling& sampling);

  // Now and then while a run goes on: tells what has changed, the pump's estimate at first and each time that it rests
  // on twice the span.
  void look();
  // At the end, while the pump's link is open: some exchanges more, then the estimate that holds. A pump that does not answer changes
  // nothing. kCancelled only.
  Task<void> conclude();

 private:
  void look_at_wall_clock();
  void tell_pump_clock();

  bench::Bench& bench_;
  record::RunWriter& writer_;
  Sampling& sampling_;
  std::optional<exec::ClockStepWatch> watch_;  // a virtual run has no wall clock
  bool told_ = false;
  Duration told_span_{0};
  std::size_t told_breaks_ = 0;  // jumps and drifts
};

// The event of an estimate; none before the first exchange.
std::optional<record::Event> pump_clock_event(const clients::ClockEstimate& clock, TimePoint at);

}  // namespace pumprig::scenario
