// Samples for the tests of this room.
#pragma once

#include "rig/base/sample.h"

namespace pumprig::monitor::testing {

inline TimePoint at_s(double s) {
  return kRunStart + from_seconds(s);
}
inline Sample point(double s, double value) {
  return Sample::point(at_s(s), value);
}
inline Sample flagged(double s, double value, std::uint8_t flags) {
  Sample sample = point(s, value);
  sample.flags = flags;
  return sample;
}

}  // namespace pumprig::monitor::testing
