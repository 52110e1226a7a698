#include "rig/monitor/bounded.h"

#include <limits>

namespace pumprig::monitor {
namespace {

Extreme extreme_of(Temporal which) {
  return which == Temporal::kAlways || which == Temporal::kHistorically ? Extreme::kSmallest : Extreme::kLargest;
}

}  // namespace

BoundedOperator::BoundedOperator(Temporal which, Duration a, Duration b, Sink sink)
    : which_(which), a_(a), b_(b), sink_(std::move(sink)), window_(extreme_of(which)) {}

void BoundedOperator::give(TimePoint t, bool covered) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (window_.empty()) {
    sink_({t, extreme_of(which_) == Extreme::kSmallest ? kInfinity : -kInfinity, t, covered});
  } else {
    sink_({t, window_.front().value, window_.front().t, covered});
  }
}

// The window of the oldest waiting instant: samples up to t + b enter it, those before t + a leave.
void BoundedOperator::emit_future(TimePoint t, bool covered) {
  while (!pending_.empty() && pending_.front().t <= saturating_add(t, b_)) {
    window_.push(pending_.front().t, pending_.front().value);
    pending_.pop_front();
  }
  window_.drop_before(saturating_add(t, a_));
  give(t, covered);
}

void BoundedOperator::emit_past(TimePoint t) {
  while (!pending_.empty() && pending_.front().t <= t - a_) {
    window_.push(pending_.front().t, pending_.front().value);
    pending_.pop_front();
  }
  window_.drop_before(t - b_);
  give(t, true);
}

void BoundedOperator::push(TimePoint t, double margin) {
  pending_.push_back({t, margin});
  if (!looks_ahead()) {
    emit_past(t);
    return;
  }
  // A sample beyond t + b shows that the window of t is complete.
  while (!waiting_.empty() && saturating_add(waiting_.front(), b_) < t) {
    emit_future(waiting_.front(), true);
    waiting_.pop_front();
  }
  waiting_.push_back(t);
}

void BoundedOperator::finish() {
  const TimePoint end = pending_.empty() ? kRunStart : pending_.back().t;
  while (!waiting_.empty()) {
    emit_future(waiting_.front(), saturating_add(waiting_.front(), b_) <= end);
    waiting_.pop_front();
  }
}

}  // namespace pumprig::monitor
