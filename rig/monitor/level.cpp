#include "rig/monitor/level.h"

#include <algorithm>

namespace pumprig::monitor {

StatisticJudge::StatisticJudge(Statistic which, const ChannelInfo& channel, Duration interval)
    : which_(which), uncertainty_(channel.uncertainty), guard_(interval), weighted_(channel.kind == SampleKind::kMean) {}

void StatisticJudge::begin(TimePoint t) {
  begin_ = t;
  guard_.begin(t);
}

void StatisticJudge::add(const Sample& sample) {
  // A mean that reaches back before the window belongs to what was before.
  if (begin_ == kNever || sample.t <= begin_ || sample.t - sample.window < begin_) return;
  guard_.add(sample);
  if (!sample.valid()) return;
  if (which_ == Statistic::kMean) {
    const double weight = weighted_ ? to_seconds(sample.window) : 1.0;
    sum_ += weight * sample.value;
    weight_ += weight;
    if (weight_ > 0) value_ = sum_ / weight_;
  } else if (!value_ || (which_ == Statistic::kMaximum ? sample.value > *value_ : sample.value < *value_)) {
    value_ = sample.value;
    at_ = sample.t;
  }
}

Outcome StatisticJudge::finish(TimePoint t) {
  guard_.end(t);
  Outcome out;
  out.value = value_;
  out.doubt = value_ ? guard_.reason() : std::string("there is no sample in the window");
  if (value_) out.uncertainty = uncertainty_.at(*value_);
  if (value_ && which_ != Statistic::kMean) out.at = at_;
  return out;
}

std::optional<double> StatisticJudge::live() const {
  return value_;
}

ThroughoutJudge::ThroughoutJudge(Limit band, const ChannelInfo& channel, Duration interval)
    : band_(band), uncertainty_(channel.uncertainty), guard_(interval), holds_(interval == Duration{0}) {}

void ThroughoutJudge::begin(TimePoint t) {
  begin_ = t;
  guard_.begin(t);
  if (holds_ && before_) consider(t, before_->value);
}

void ThroughoutJudge::consider(TimePoint t, double value) {
  if (worst_ && band_.margin(value) >= band_.margin(*worst_)) return;
  worst_ = value;
  at_ = t;
}

void ThroughoutJudge::add(const Sample& sample) {
  if (begin_ == kNever || sample.t <= begin_) {
    before_ = sample;
    return;
  }
  guard_.add(sample);
  if (sample.valid()) consider(sample.t, sample.value);
}

Outcome ThroughoutJudge::finish(TimePoint t) {
  guard_.end(t);
  Outcome out;
  out.value = worst_;
  out.doubt = worst_ ? guard_.reason() : std::string("there is no sample in the window");
  if (worst_) {
    out.uncertainty = uncertainty_.at(*worst_);
    out.at = at_;
  }
  return out;
}

std::optional<double> ThroughoutJudge::live() const {
  return worst_;
}

FirstTimeJudge::FirstTimeJudge(Limit band, const ChannelInfo&, Duration interval)
    : band_(band), guard_(interval), holds_(interval == Duration{0}) {}

void FirstTimeJudge::begin(TimePoint t) {
  begin_ = t;
  last_ = t;
  guard_.begin(t);
  if (holds_ && before_ && before_->valid() && band_.margin(before_->value) >= 0) at_ = t;
}

void FirstTimeJudge::add(const Sample& sample) {
  if (begin_ == kNever || sample.t <= begin_) {
    before_ = sample;
    return;
  }
  if (at_) return;
  guard_.add(sample);
  if (!sample.valid()) return;
  if (band_.margin(sample.value) >= 0) {
    at_ = sample.t;
    blind_s_ = to_seconds(sample.t - sample.requested);  // of a level: what its instant may be wrong by
    if (!holds_) blind_s_ = to_seconds(sample.t - last_);
  }
  last_ = sample.t;
}

Outcome FirstTimeJudge::finish(TimePoint t) {
  Outcome out;
  if (!at_) {
    guard_.end(t);
    out.doubt = guard_.reason();
    return out;
  }
  out.value = to_seconds(*at_ - begin_);
  out.uncertainty = blind_s_;
  out.at = at_;
  out.doubt = guard_.reason();
  return out;
}

std::optional<double> FirstTimeJudge::live() const {
  return at_ ? std::optional(to_seconds(*at_ - begin_)) : std::nullopt;
}

}  // namespace pumprig::monitor
