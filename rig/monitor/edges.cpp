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
  instant_s_ = std::max(instant_s_, to_seconds(sample.t - sample.requested));
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

std::optional<double> EdgeJudge::rate() const {
  if (count_ < 2 || last_ == first_) return std::nullopt;
  return 60 * static_cast<double>(count_ - 1) / to_seconds(last_ - first_);
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
    case EdgeValue::kFirstTime:
      if (count_ > 0) {
        out.value = to_seconds(first_ - begin_);
        out.uncertainty = instant_s_;
        out.at = first_;
      }
      break;
    case EdgeValue::kRate:
      out.value = rate();
      if (out.value) {
        out.uncertainty = *out.value * 2 * instant_s_ / to_seconds(last_ - first_);
      } else {
        out.doubt = "there are no two pulses in the window";
      }
      break;
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
  if (which_ == EdgeValue::kRate) return rate();
  if (which_ == EdgeValue::kFirstTime) return count_ == 0 ? std::nullopt : std::optional(to_seconds(first_ - begin_));
  return count_ == 0 ? 0.0 : to_seconds(last_ - begin_);
}

}  // namespace pumprig::monitor
