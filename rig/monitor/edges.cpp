#include "rig/monitor/edges.h"

#include <algorithm>
#include <cmath>

namespace pumprig::monitor {

EdgeJudge::EdgeJudge(EdgeValue which, double instant_s) : which_(which), instant_s_(instant_s) {}

void EdgeJudge::begin(TimePoint t) {
  begin_ = t;
  guard_.begin(t);
}

void EdgeJudge::add(const Sample& sample) {
  if (begin_ == kNever || sample.t <= begin_) return;
  guard_.add(sample);
  if (!sample.valid()) return;
  if (count_ > 0) {
    const Duration interval = sample.t - last_;
    if (interval < shortest_) {
      shortest_ = interval;
      shortest_at_ = sample.t;
    }
    if (interval > longest_) {
      longest_ = interval;
      longest_at_ = sample.t;
    }
  } else {
    first_ = sample.t;
  }
  last_ = sample.t;
  ++count_;
}

std::optional<double> EdgeJudge::jitter() const {
  if (count_ < 3) return std::nullopt;
  const double mean = to_seconds(last_ - first_) / static_cast<double>(count_ - 1);
  return std::max(to_seconds(longest_) / mean - 1, 1 - to_seconds(shortest_) / mean);
}

Outcome EdgeJudge::finish(TimePoint) {
  Outcome out;
  out.doubt = guard_.reason();
  switch (which_) {
    case EdgeValue::kCount:
      out.value = static_cast<double>(count_);
      break;
    case EdgeValue::kJitter: {
      out.value = jitter();
      if (!out.value) {
        out.doubt = "there are fewer than three pulses in the window";
        break;
      }
      const double mean = to_seconds(last_ - first_) / static_cast<double>(count_ - 1);
      out.uncertainty = 2 * instant_s_ / mean;
      out.at = to_seconds(longest_) / mean - 1 >= 1 - to_seconds(shortest_) / mean ? longest_at_ : shortest_at_;
      break;
    }
    case EdgeValue::kLastTime:
      out.value = count_ == 0 ? 0.0 : to_seconds(last_ - begin_);
      out.uncertainty = count_ == 0 ? 0.0 : instant_s_;
      if (count_ > 0) out.at = last_;
      break;
  }
  return out;
}

std::optional<double> EdgeJudge::live() const {
  if (which_ == EdgeValue::kCount) return static_cast<double>(count_);
  if (which_ == EdgeValue::kJitter) return jitter();
  return count_ == 0 ? 0.0 : to_seconds(last_ - begin_);
}

}  // namespace pumprig::monitor
