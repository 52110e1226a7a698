// Smallest or largest value of a sliding window in O(1) a sample (a monotonic queue; Lemire, "Streaming Maximum-Minimum Filter Using No
// More than Three Comparisons per Element", 2006). Memory follows the window, not the run.
#pragma once

#include <cstddef>
#include <vector>

#include "rig/base/time.h"

namespace pumprig::monitor {

enum class Extreme : std::uint8_t { kSmallest, kLargest };

class SlidingExtreme {
 public:
  struct Entry {
    TimePoint t{};
    double value = 0;
  };

  explicit SlidingExtreme(Extreme which) : which_(which) {}
  // Instants never go back. NaN is the caller's mistake.
  void push(TimePoint t, double value);
  // Forgets what is before `from`.
  void drop_before(TimePoint from);
  bool empty() const { return size_ == 0; }
  // Of equal values the latest. Not when empty.
  const Entry& front() const { return ring_[head_]; }

 private:
  const Entry& back() const { return ring_[(head_ + size_ - 1) % ring_.size()]; }
  void grow();

  Extreme which_;
  std::vector<Entry> ring_ = std::vector<Entry>(16);
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace pumprig::monitor
