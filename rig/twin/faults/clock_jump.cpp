#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::clock_jump {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "clock_jump",
      .summary = "the pump's real-time clock jumps, once",
      .parameters = {{"by", Dimension::kDuration, "1 h", "-1 day", "3660 days", "how far; forwards is positive"}},
      .inject = [](const FaultTarget& target, FaultValues& values) { target.board.jump_clock(values.at("by")); },
      .clear = nullptr,
  };
  return fault;
}

}  // namespace pumprig::twin::faults::clock_jump
