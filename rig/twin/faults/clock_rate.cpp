#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::clock_rate {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "clock_rate",
      .summary = "a clock of the pump runs fast or slow; the other keeps its pace",
      .parameters = {{"real_time_clock", Dimension::kRatio, "10 %", "-10 %", "10 %",
                      "of the chip that keeps the calendar; fast is positive"},
                     {"processor", Dimension::kRatio, "0 %", "-10 %", "10 %", "of the oscillator that all steps are timed by"}},
      .inject =
          [](const FaultTarget& target, FaultValues& values) {
            target.board.set_clock_errors(target.now, values.at("real_time_clock"), values.at("processor"));
          },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.board.set_clock_errors(target.now, 0, 0); },
      .in_clock = true,
  };
  return fault;
}

}  // namespace pumprig::twin::faults::clock_rate
