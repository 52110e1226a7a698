#include "rig/monitor/trumpet.h"

#include <algorithm>
#include <cmath>

namespace pumprig::monitor {

TrumpetCurve::TrumpetCurve(double per_sample, std::vector<std::size_t> windows) : per_sample_(per_sample) {
  std::size_t longest = 1;
  for (const auto n : windows) {
    TrumpetPoint point;
    point.n = n;
    points_.push_back(point);
    longest = std::max(longest, n);
  }
  ring_.resize(longest + 1);
}

void TrumpetCurve::add(double volume) {
  if (count_ == 0) first_ = volume;
  last_ = volume;
  ring_[count_ % ring_.size()] = volume;
  for (auto& point : points_) {
    if (count_ < point.n) continue;
    const double before = ring_[(count_ - point.n) % ring_.size()];
    const double e = (volume - before) / (static_cast<double>(point.n) * per_sample_) - 1;
    ++point.m;
    if (point.m == 1 || e > point.max) {
      point.max = e;
      point.max_j = point.m;
    }
    if (point.m == 1 || e < point.min) {
      point.min = e;
      point.min_j = point.m;
    }
  }
  ++count_;
}

std::optional<double> TrumpetCurve::overall_error() const {
  if (count_ < 2) return std::nullopt;
  return (last_ - first_) / (static_cast<double>(count_ - 1) * per_sample_) - 1;
}

TrumpetJudge::TrumpetJudge(double rate_ul_per_min, Duration sample_interval, std::size_t n, const ChannelInfo& channel, Duration interval)
    : rate_(rate_ul_per_min),
      s_(sample_interval),
      n_(n),
      uncertainty_(channel.uncertainty),
      resolution_(channel.resolution),
      guard_(interval),
      curve_(rate_ul_per_min * to_seconds(sample_interval) / 60, {n}) {}

void TrumpetJudge::begin(TimePoint t) {
  begin_ = t;
  next_ = t;
  guard_.begin(t);
}

void TrumpetJudge::add(const Sample& sample) {
  if (begin_ == kNever || sample.t < begin_) {
    if (sample.valid()) before_ = sample;
    return;
  }
  guard_.add(sample);
  if (!sample.valid()) return;
  // The grid begins at the first reading where none lies before the window.
  if (!before_) next_ = std::max(next_, sample.t);
  while (next_ <= sample.t) {
    double volume = sample.value;
    if (before_ && sample.t > before_->t) {
      const double share = to_seconds(next_ - before_->t) / to_seconds(sample.t - before_->t);
      volume = before_->value + share * (sample.value - before_->value);
    }
    curve_.add(volume);
    next_ += s_;
  }
  before_ = sample;
}

Outcome TrumpetJudge::finish(TimePoint t) {
  guard_.end(t);
  Outcome out;
  const TrumpetPoint& point = curve_.points().front();
  if (point.m == 0) {
    out.doubt = "the window is shorter than one observation window";
    return out;
  }
  const bool upper = std::fabs(point.max) >= std::fabs(point.min);
  out.value = upper ? point.max : point.min;
  out.doubt = guard_.reason();
  const auto j = upper ? point.max_j : point.min_j;
  out.at = begin_ + s_ * static_cast<std::int64_t>(j + n_ - 1);
  const double window_volume = rate_ * to_seconds(s_) / 60 * static_cast<double>(n_);
  const double volume = window_volume * (1 + *out.value);
  out.uncertainty = (uncertainty_.of_difference(volume, s_ * static_cast<std::int64_t>(n_)) + resolution_) / window_volume;
  return out;
}

std::optional<double> TrumpetJudge::live() const {
  const TrumpetPoint& point = curve_.points().front();
  if (point.m == 0) return std::nullopt;
  return std::fabs(point.max) >= std::fabs(point.min) ? point.max : point.min;
}

}  // namespace pumprig::monitor
