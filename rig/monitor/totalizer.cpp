#include "rig/monitor/totalizer.h"

#include <algorithm>
#include <cmath>

namespace pumprig::monitor {

TotalizerJudge::TotalizerJudge(TotalizerValue which, const ChannelInfo& channel, Duration interval, double baseline_ul_per_min)
    : which_(which), uncertainty_(channel.uncertainty), resolution_(channel.resolution), guard_(interval), baseline_(baseline_ul_per_min) {}

void TotalizerJudge::begin(TimePoint t) {
  begin_ = t;
  guard_.begin(t);
}

void TotalizerJudge::add(const Sample& sample) {
  if (begin_ == kNever || sample.t < begin_) return;
  guard_.add(sample);
  if (!sample.valid()) return;
  if (!first_) first_ = sample;
  last_ = sample;
}

double TotalizerJudge::value_of(double volume_ul, double minutes) const {
  switch (which_) {
    case TotalizerValue::kVolume:
      return volume_ul;
    case TotalizerValue::kMeanFlow:
      return volume_ul / minutes;
    case TotalizerValue::kExcessVolume:
      return volume_ul - baseline_ * minutes;
    case TotalizerValue::kFlowError:
      return volume_ul / minutes / baseline_ - 1;
  }
  return volume_ul;
}

Outcome TotalizerJudge::finish(TimePoint t) {
  guard_.end(t);
  Outcome out;
  if (!first_ || last_->t == first_->t) {
    out.doubt = "there are no two totalizer readings in the window";
    return out;
  }
  const double minutes = to_seconds(last_->t - first_->t) / 60;
  const double volume = last_->value - first_->value;
  out.value = value_of(volume, minutes);
  out.at = last_->t;
  out.doubt = guard_.reason();
  // What the meter may be wrong by over that time; half a step of each reading; and the instants, known to within a request and its reply.
  const double instant_min = to_seconds((first_->replied - first_->requested) + (last_->replied - last_->requested)) / 60;
  const double volume_uncertainty =
      uncertainty_.of_difference(volume, last_->t - first_->t) + resolution_ + std::fabs(volume / minutes) * instant_min;
  const bool per_time = which_ == TotalizerValue::kMeanFlow || which_ == TotalizerValue::kFlowError;
  out.uncertainty = per_time ? volume_uncertainty / minutes : volume_uncertainty;
  if (which_ == TotalizerValue::kFlowError) out.uncertainty /= std::fabs(baseline_);
  return out;
}

std::optional<double> TotalizerJudge::live() const {
  if (!first_ || last_->t == first_->t) return std::nullopt;
  return value_of(last_->value - first_->value, to_seconds(last_->t - first_->t) / 60);
}

}  // namespace pumprig::monitor
