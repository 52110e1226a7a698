// The witness's clock on the rig's time line, from exchanges whose request and reply instants are known.
#pragma once

#include <algorithm>
#include <cstdint>

#include "rig/base/time.h"

namespace pumprig::instruments::witness {

// Every exchange bounds the instant of the device's stamp: not before the request had left, not after the reply came. The middle is taken,
// and the rate comes from the first and the latest exchange, so that the map stays smooth between edges.
class ClockMap {
 public:
  void reset() { count_ = 0; }
  bool known() const { return count_ > 0; }

  // `ticks` of `hz` were stamped between `earliest` and `latest`.
  void add(std::uint64_t ticks, std::uint64_t hz, TimePoint earliest, TimePoint latest) {
    const Duration half = (latest - earliest) / 2;
    const TimePoint middle = earliest + half;
    if (count_ == 0) {
      first_ticks_ = ticks;
      first_ = middle;
      ns_per_tick_ = 1e9 / static_cast<double>(hz);
      bound_ = half;
    } else if (middle - first_ >= std::chrono::seconds(5) && ticks > first_ticks_) {
      ns_per_tick_ = static_cast<double>((middle - first_).count()) / static_cast<double>(ticks - first_ticks_);
      bound_ = std::max(bound_, half);
    }
    ++count_;
  }

  TimePoint to_rig(std::uint64_t ticks) const {
    const auto since = static_cast<double>(static_cast<std::int64_t>(ticks - first_ticks_));
    return first_ + Duration(static_cast<std::int64_t>(since * ns_per_tick_ + (since < 0 ? -0.5 : 0.5)));
  }
  // How far a mapped instant may be off, the exchanges' own bounds at both ends included.
  Duration bound() const { return 2 * bound_ + std::chrono::microseconds(2); }

 private:
  int count_ = 0;
  std::uint64_t first_ticks_ = 0;
  TimePoint first_{};
  double ns_per_tick_ = 1000;
  Duration bound_{0};
};

}  // namespace pumprig::instruments::witness
