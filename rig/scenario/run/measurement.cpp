#include "rig/scenario/run/measurement.h"

#include <algorithm>

#include "rig/base/quantity.h"

namespace pumprig::scenario {

void Measurement::set_begin(TimePoint begin) {
  begin_ = begin;
  if (window_.length) end_ = std::min(end_, saturating_add(begin, *window_.length));
}

void Measurement::open(TimePoint at) {
  if (opened_ != kNever) return;
  opened_ = at;
  if (from_ != nullptr) {
    from_begin_ = at + window_.settle;
  } else {
    set_begin(at + window_.settle);
  }
}

void Measurement::close(TimePoint at) {
  if (window_.over) end_ = std::min(end_, at);
}

void Measurement::feed_from(const Sample& sample) {
  if (from_begin_ == kNever || begin_ != kNever) {
    if (from_begin_ == kNever) from_->add(sample);  // the last level before
    return;
  }
  if (!from_begun_ && sample.t >= from_begin_) {
    from_->begin(from_begin_);
    from_begun_ = true;
  }
  from_->add(sample);
  if (from_begun_ && from_->happened()) set_begin(from_begin_ + from_seconds(*from_->live()));
}

void Measurement::feed(const Sample& sample) {
  if (sample.t > end_) return;
  if (!begun_ && begin_ != kNever && sample.t >= begin_) {
    judge_->begin(begin_);
    begun_ = true;
  }
  judge_->add(sample);
}

void Measurement::lost(TimePoint from, TimePoint to) {
  // One that goes on from the last is the same: silence is told again and again.
  if (!lost_.empty() && from <= lost_.back().second) {
    lost_.back() = {std::min(from, lost_.back().first), std::max(to, lost_.back().second)};
  } else if (opened_ != kNever && from <= end_) {
    lost_.emplace_back(from, to);
  }
}

void Measurement::doubt(std::string why) {
  if (opened_ != kNever && doubt_.empty()) doubt_ = std::move(why);
}

Measurement::Result Measurement::finish(TimePoint now) {
  Result out;
  out.end = std::min(end_, now);
  out.begin = begin_ == kNever ? (opened_ == kNever ? now : opened_) : begin_;
  if (begin_ == kNever) {
    out.outcome.doubt = from_ != nullptr ? "the condition from which time counts never held" : "the window never began";
    return out;
  }
  if (begin_ > out.end) {
    out.end = begin_;
    out.outcome.doubt = "the window ended before it had settled";
    return out;
  }
  if (!begun_) judge_->begin(begin_);
  begun_ = true;
  out.outcome = judge_->finish(out.end);
  if (out.outcome.doubt.empty()) out.outcome.doubt = doubt_;
  for (const auto& [from, to] : lost_) {
    if (to <= out.begin || from > out.end || !out.outcome.doubt.empty()) continue;
    out.outcome.doubt =
        "something was lost between " + format_duration(from.time_since_epoch()) + " and " + format_duration(to.time_since_epoch());
  }
  if (from_ != nullptr) {
    const auto from = from_->finish(out.end);
    out.outcome.uncertainty += from.uncertainty;
    if (out.outcome.doubt.empty()) out.outcome.doubt = from.doubt;
  }
  return out;
}

}  // namespace pumprig::scenario
