#include "rig/monitor/evidence.h"

#include "rig/base/quantity.h"

namespace pumprig::monitor {

std::string at_text(TimePoint t) {
  return "at " + format_duration(t.time_since_epoch());
}

void EvidenceGuard::note(std::string reason) {
  if (reason_.empty()) reason_ = std::move(reason);
}

void EvidenceGuard::add(const Sample& sample) {
  ++samples_;
  if (sample.gap_before()) note("samples are missing before the one " + at_text(sample.t));
  if (interval_ > Duration{0} && last_ && sample.t - *last_ > 2 * interval_) {
    note("no sample for " + format_duration(sample.t - *last_) + " before the one " + at_text(sample.t));
  }
  last_ = sample.t;
  if (!sample.valid()) note("the meter gave no valid value " + at_text(sample.t));
  if (sample.saturated()) note("the meter was at the end of its range " + at_text(sample.t));
}

void EvidenceGuard::end(TimePoint t) {
  if (interval_ > Duration{0} && (!last_ || t - *last_ > 2 * interval_)) {
    note(samples_ == 0 ? std::string("there is no sample in the window") : "no sample after the one " + at_text(*last_));
  }
}

}  // namespace pumprig::monitor
