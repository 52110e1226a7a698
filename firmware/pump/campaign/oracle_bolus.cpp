// The oracle's judgement of boluses: which must be refused, which must be granted, and what a cut one has given.
#include <algorithm>
#include <cmath>

#include "firmware/pump/campaign/oracle.h"

namespace pumpfw::campaign {
namespace {

constexpr Tick kWindows[] = {kHour, kDay};
// An edge that was kept in whole seconds over a reset may make the pump the more careful one, by so much and no more.
constexpr Tick kSlack = 2 * kSecond;
constexpr Tick kTimeUnnoted = 4 * kMinute;
constexpr Tick kRepeatS = 5 * kSecond;  // REQ-207

double ceiling_of(const Program& program, Tick window) {
  return window == kHour ? program.ceiling_1h_nl : program.ceiling_24h_nl;
}

bool within(Tick instant, Tick window, Tick now) {
  return instant + window > now;  // half-open: (now - window, now]
}

}  // namespace

const char* Oracle::ceiling_broken(double dose_steps) const {
  for (const Tick window : kWindows) {
    if (ceiling_of(program_, window) == 0) continue;
    double steps = dose_steps;
    for (const Grant& grant : grants_) {
      if (grant.sure && within(grant.start, window, at_)) steps += grant.least;
    }
    const double window_s = static_cast<double>(window) / kSecond;
    if (steps * kStepNl + least_in_window(program_, window_s) > ceiling_of(program_, window) + 0.01) return "above a ceiling";
  }
  return nullptr;
}

bool Oracle::ceilings_clear(double dose_steps) const {
  for (const Tick window : kWindows) {
    if (ceiling_of(program_, window) == 0) continue;
    double steps = dose_steps;
    for (const Grant& grant : grants_) {
      if (within(grant.end + kSlack, window, at_)) steps += grant.most;
    }
    const double window_s = static_cast<double>(window) / kSecond;
    if (steps * kStepNl + most_in_window(program_, window_s) > ceiling_of(program_, window) - 1) return false;
  }
  return true;
}

// Why it must not be granted; null when it may.
const char* Oracle::must_refuse(double dose_steps, bool patient) const {
  if (!programmed_) return "without a program";
  if (seen_.state == TherapyState::kSelfTest) return "in self-test";
  if ((seen_.alarms & protocol::kCriticalAlarms) != 0) return "in a critical alarm";
  if (run_known_ && !run_) return "though therapy is stopped";
  if (phase_ == Phase::kPriming && seen_.phase_left > 0) return "while priming";
  if (phase_ == Phase::kBridging && seen_.phase_left > 0) return "while bridging";
  if (bolus_ && seen_.bolus_left > 0) return "while one is running";
  if (perhaps_) return nullptr;
  if (patient) {
    if (!program_.patient_bolus_enabled) return "though not enabled";
    std::uint32_t in_day = 0;
    for (const Grant& grant : grants_) {
      if (!grant.sure) continue;
      if (at_ < grant.start + program_.bolus_lockout_s * kSecond) return "within the lockout";
      if (at_ < grant.start + kRepeatS) return "less than 5 s after the last";
      if (grant.patient && within(grant.start, kDay, at_)) ++in_day;
    }
    if (in_day >= program_.bolus_max_per_24h) return "above the count of 24 h";
  }
  return ceiling_broken(dose_steps);
}

bool Oracle::must_grant(double dose_steps, bool patient) const {
  const bool delivering =
      run_known_ && run_ && at_ >= settled_at_ && flows(seen_) && !blocked_ && !occluded_ && !driver_out_ && at_ >= damaged_until_;
  if (!programmed_ || perhaps_ || !delivering || phase_ != Phase::kBase) return false;
  if ((seen_.alarms & protocol::kCriticalAlarms) != 0 || bolus_ || seen_.bolus_left != 0) return false;
  if (static_cast<double>(seen_.reservoir_steps) < dose_steps) return false;
  std::size_t reaching = 0;
  for (const Grant& grant : grants_) {
    if (within(grant.end + kSlack, kDay, at_)) ++reaching;
  }
  if (patient) {
    if (!program_.patient_bolus_enabled) return false;
    std::uint32_t in_day = 0;
    for (const Grant& grant : grants_) {
      if (at_ < grant.counts_from + program_.bolus_lockout_s * kSecond || at_ < grant.counts_from + kRepeatS) return false;
      if (within(grant.counts_from, kDay, at_)) ++in_day;
    }
    if (in_day >= program_.bolus_max_per_24h) return false;
  } else if (reaching >= kMaxBolusesPerDay) {
    return false;  // as many as a pump needs to remember
  }
  return ceilings_clear(dose_steps);
}

void Oracle::decided(std::uint32_t nonce, std::uint32_t nl, std::uint32_t seconds, bool patient, StatusCode answer, const Seen& now) {
  const double dose = steps_of(nl);
  const bool begins = now.bolus_left > 0 && seen_.bolus_left == 0;
  const auto same = std::find_if(grants_.rbegin(), grants_.rend(), [&](const Grant& grant) { return grant.nonce == nonce; });
  const bool again = same != grants_.rend() && (same == grants_.rbegin() || within(same->start, kDay, at_));
  const bool asked_before = std::find(asked_.begin(), asked_.end(), nonce) != asked_.end();
  if (!asked_before) asked_.push_back(nonce);
  last_asked_ = Asked::kOther;
  if (again && same->sure) {
    if (begins) fail("REQ-207", "one nonce is granted twice");
    if (answer != StatusCode::kOk && seen_.state != TherapyState::kSelfTest)
      fail("REQ-207, 906", "a granted request asked again is told refused");
  } else if (again && answer == StatusCode::kOk && !begins) {
    same->sure = true;  // the record of it had reached the memory before the reset
  } else if (answer == StatusCode::kOk && same != grants_.rend() && !begins) {
    // One of more than a day ago, of which the pump may still know.
  } else if (answer == StatusCode::kOk) {
    if (patient && !perhaps_ && damaged_until_ == 0 && seen_.next_left != 0)
      fail("REQ-906", "a bolus is granted before the time that was told");
    if (const char* why = must_refuse(dose, patient)) fail("REQ-201 … 208", std::string("a bolus is granted ") + why);
    if (now.bolus_left != static_cast<std::uint32_t>(dose)) fail("REQ-205", "another dose begins than was granted");
    const Tick end = at_ + seconds * kSecond;
    bolus_ = Train{at_, end, dose, true};
    grants_.push_back({at_, end, dose, dose, patient, true, dose, end, 0, nonce, at_});
    last_asked_ = Asked::kGrant;
  } else {
    if (begins) fail("REQ-204", "a refused bolus begins");
    const bool waits = answer == StatusCode::kLockout || answer == StatusCode::kDailyCountReached ||
                       answer == StatusCode::kHourCeilingReached || answer == StatusCode::kDayCeilingReached;
    if (patient && waits && !asked_before && !perhaps_ && damaged_until_ == 0 && seen_.next_left == 0) {
      fail("REQ-906", "a bolus is refused at the time that was told for it");
    }
    if (!asked_before && must_grant(dose, patient)) {
      fail("REQ-201 … 204", "a bolus is refused that must be granted, status " + std::to_string(static_cast<int>(answer)));
    }
  }
  seen_ = now;
}

void Oracle::requested(std::uint32_t nonce, StatusCode answer, const Seen& now) {
  decided(nonce, program_.bolus_dose_nl, program_.bolus_duration_s, true, answer, now);
}

void Oracle::gave(std::uint32_t nonce, std::uint32_t nl, std::uint32_t seconds, StatusCode answer, const Seen& now) {
  const double base = most_in_window(program_, 1) > 0 ? static_cast<double>(nl) * 86'400 / seconds : 0;
  const bool slow_enough = base + 24'900'000 < 26'900'000;
  if (answer != StatusCode::kOk && !slow_enough) {
    asked_.push_back(nonce);  // the pump may well find it too fast beside the base
    seen_ = now;
    return;
  }
  decided(nonce, nl, seconds, false, answer, now);
}

// The bolus ended now: what the pump says that it gave must be what its own pace makes.
void Oracle::cut_bolus(const Seen& now) {
  if (!bolus_) return;
  const double exact = bolus_->until(at_);
  const auto given = static_cast<double>(now.bolus_given);
  if (stretch_open_ && std::abs(given - exact) > 2) {
    fail("REQ-209", "a cut bolus is said to have given " + std::to_string(given) + " steps of " + std::to_string(exact));
  }
  if (given > exact + 2) fail("REQ-209", "a cut bolus is said to have given more than was due");
  grants_.back().end = grants_.back().cut_at = at_;
  grants_.back().least = grants_.back().most = given;
  bolus_.reset();
}

void Oracle::judge_bolus(Span span, Tick from, const Seen& now) {
  if (now.state == TherapyState::kSelfTest) return;
  if (!bolus_) {
    if (now.bolus_left > 0) fail("REQ-201, 704", "a bolus runs that nobody granted, or was cut");
    return;
  }
  if (now.bolus_left > 0) {
    if (at_ > bolus_->end + kSecond) fail("REQ-205", "a bolus takes longer than its duration");
    if ((now.alarms & protocol::kCriticalAlarms) != 0) fail("REQ-209", "a bolus goes on in a critical alarm");
    return;
  }
  const auto given = static_cast<double>(now.bolus_given);
  if (given >= bolus_->steps && at_ + kSecond >= bolus_->end) {
    if (given > bolus_->steps) fail("REQ-205", "more steps than the dose has");
    grants_.back().least = grants_.back().most = given;
    bolus_.reset();
    return;
  }
  if (span == Span::kFlowing && flows(now)) fail("REQ-205", "a bolus ended before its dose was given");
  if (given < bolus_->until(from) - 5) fail("REQ-209", "the delivered part of a cut bolus is lost");
  stretch_open_ = false;
  cut_bolus(now);
}

void Oracle::judge_lockout(const Seen& now) {
  if (now.state == TherapyState::kSelfTest || perhaps_ || !programmed_ || !program_.patient_bolus_enabled || damaged_until_ != 0) return;
  double least = 0, most = 0;
  for (const Grant& grant : grants_) {
    const auto left_s = [&](Tick from) {
      const Tick end = from + program_.bolus_lockout_s * kSecond;
      return end > at_ ? static_cast<double>(end - at_) / kSecond : 0;
    };
    if (grant.sure) least = std::max(least, left_s(grant.start));
    most = std::max(most, left_s(grant.counts_from));
  }
  if (now.lockout_s + 1 < least) fail("REQ-202, 212, 704", "the lockout is shorter than prescribed");
  if (now.lockout_s > most + 2) fail("REQ-202", "the lockout is longer than prescribed");
}

void Oracle::resolve_unsure(const Seen& now) {
  if (grants_.empty() || grants_.back().sure || perhaps_ || !program_.patient_bolus_enabled) return;
  if (grants_.back().counts_from != grants_.back().start) return;  // it may count from then on, and need not: no lockout tells
  double others = 0;
  const auto left_s = [&](const Grant& grant) {
    return (static_cast<double>(grant.counts_from) - static_cast<double>(at_)) / kSecond + program_.bolus_lockout_s;
  };
  for (std::size_t i = 0; i + 1 < grants_.size(); ++i) {
    if (!grants_[i].sure) return;  // there is no telling them apart
    others = std::max(others, left_s(grants_[i]));
  }
  if (now.lockout_s > others + 2) {
    grants_.back().sure = true;
  } else if (left_s(grants_.back()) > others + 4) {
    grants_.pop_back();
  }
}

void Oracle::lost_time() {
  grid_known_ = false;
  for (Grant& grant : grants_) {
    // What was older than a day when the pump last noted the time is so for good; that may be some minutes before the cut.
    if (!within(grant.end + kSlack + kTimeUnnoted, kDay, cut_) && !within(grant.counts_from + kTimeUnnoted, kDay, cut_)) continue;
    grant.counts_from = at_;
    grant.end = std::max(grant.end, at_);
  }
}

Tick Oracle::oldest_is_a_day_old() const {
  for (const Grant& grant : grants_) {
    if (within(grant.start, kDay, at_)) return grant.start + kDay;
  }
  return 0;
}

Tick Oracle::midnight() const {
  const double local = local_s(at_);
  const double left = 86'400 - (local - std::floor(local / 86'400) * 86'400);
  return at_ + static_cast<Tick>(left * kSecond);
}

}  // namespace pumpfw::campaign
