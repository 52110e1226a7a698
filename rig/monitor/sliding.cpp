#include "rig/monitor/sliding.h"

namespace pumprig::monitor {

void SlidingExtreme::push(TimePoint t, double value) {
  const auto yields = [this, value](double old) { return which_ == Extreme::kSmallest ? old >= value : old <= value; };
  while (size_ > 0 && yields(back().value)) --size_;
  if (size_ == ring_.size()) grow();
  ring_[(head_ + size_) % ring_.size()] = {t, value};
  ++size_;
}

void SlidingExtreme::drop_before(TimePoint from) {
  while (size_ > 0 && ring_[head_].t < from) {
    head_ = (head_ + 1) % ring_.size();
    --size_;
  }
}

void SlidingExtreme::grow() {
  std::vector<Entry> larger(ring_.size() * 2);
  for (std::size_t i = 0; i < size_; ++i) larger[i] = ring_[(head_ + i) % ring_.size()];
  ring_.swap(larger);
  head_ = 0;
}

}  // namespace pumprig::monitor
