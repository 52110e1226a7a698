// The oracle's judgement of the steps: how many, how fast, and when there must be none.
#include <algorithm>
#include <cmath>
#include <utility>

#include "firmware/pump/campaign/oracle.h"

namespace pumpfw::campaign {
namespace {

using protocol::Alarm;
using protocol::BasalMode;

constexpr std::uint32_t kHalting = protocol::bit(Alarm::kOcclusion) | protocol::bit(Alarm::kReservoirEmpty) |
                                   protocol::bit(Alarm::kReverseRotation) | protocol::bit(Alarm::kOverSpeed) |
                                   protocol::bit(Alarm::kOverVolume) | protocol::bit(Alarm::kMemory) | protocol::bit(Alarm::kSelfTest);
constexpr double kTrains = 3;           // base, bolus, periodic bolus: each within a step
constexpr double kExcess = 800;         // REQ-705: 10 µL
constexpr double kMissingForStall = 3;  // REQ-404
constexpr double kExtraAtReset = 1;     // REQ-505
constexpr double kProbeSteps = 4;       // of each attempt of a pump whose rotor is blocked, every 5 min (REQ-404)
constexpr double kPrimeRate = 24'000'000;
constexpr double kWatchedAtLeast = 2;       // s
constexpr double kWatchdogWindow = 1.2;     // s; REQ-703, and what a step may be late
constexpr Tick kClockSlack = 30 * kMinute;  // what a pump may be wrong by whose clock was disturbed some times
constexpr double kEdgeToleranceS = 5;       // REQ-108

}  // namespace

bool flows(const Seen& seen) {
  switch (seen.state) {
    case TherapyState::kRunning:
    case TherapyState::kBolus:
    case TherapyState::kMinimumRate:
    case TherapyState::kPriming:
    case TherapyState::kBridging:
    case TherapyState::kPeriodicBolus:
      return true;
    default:
      return false;
  }
}

double Oracle::Train::until(Tick at) const {
  if (at <= start) return 0;
  if (at >= end) return steps;
  return steps * static_cast<double>(at - start) / static_cast<double>(end - start);
}

void Oracle::fail(const char* requirement, const std::string& what) {
  if (finding_.empty()) finding_ = std::string(requirement) + " at " + std::to_string(at_) + " ticks: " + what;
}

Oracle::Span Oracle::span_from_here() const {
  if (!programmed_ || (run_known_ && !run_)) return Span::kResting;
  const bool settled = run_known_ && at_ >= settled_at_ && at_ >= damaged_until_ && !blocked_ && !occluded_ && !driver_out_;
  return settled && flows(seen_) ? Span::kFlowing : Span::kUnknown;
}

void Oracle::advance(Tick to, std::span<const Tick> steps, const Seen& now) {
  if (found()) return;
  const Tick from = at_;
  const Span span = span_from_here();
  at_ = to;
  judge_spacing(steps);
  judge_alarms(now);
  if (span == Span::kFlowing && !stretch_open_) begin_stretch();
  judge_steps(span, from, steps, now);
  judge_bolus(span, from, now);
  judge_phase(now);
  judge_ledger(now);
  follow(now);
  if (to == settled_at_) judge_checkpoint(now);
  judge_lockout(now);
  seen_ = now;
}

void Oracle::begin_stretch() {
  stretch_open_ = true;
  stretch_least_ = stretch_most_ = stretch_slack_ = stretch_steps_ = 0;
}

// An edge may come so much earlier or later than the calendar says.
double Oracle::slack_of_edges(const Piece& piece, Tick from, Tick to) const {
  if (program_.mode != BasalMode::kDaySchedule) return 0;
  const double before = base_at(program_, local_s(from) - kEdgeToleranceS).nl_per_day;
  const double after = base_at(program_, local_s(to) + kEdgeToleranceS).nl_per_day;
  const double change = std::abs(before - piece.nl_per_day) + std::abs(after - piece.nl_per_day);
  return speed(change) * kEdgeToleranceS * kSecond;
}

Oracle::Flow Oracle::prescribed(Tick from, Tick to) {
  Flow flow;
  for (Tick at = from; at < to;) {
    Tick until = to;
    if (phase_ != Phase::kBase && phase_left_ > 0) {
      const double pace = speed(phase_ == Phase::kPriming ? kPrimeRate : program_.bridge_rate_nl_per_day);
      const double needs = std::ceil(phase_left_ / pace);
      if (needs < static_cast<double>(until - at)) until = at + static_cast<Tick>(needs);
      const double given = std::min(phase_left_, pace * static_cast<double>(until - at));
      phase_left_ -= given;
      if (phase_left_ < 1e-6) phase_left_ = 0;
      flow.least += given;
      flow.most += given;
    } else {
      const Piece piece = base_at(program_, local_s(at));
      const double holds = std::ceil(piece.holds_s * kSecond);
      if (holds < static_cast<double>(until - at)) until = at + std::max<Tick>(1, static_cast<Tick>(holds));
      flow.slack += slack_of_edges(piece, at, until);
      const double given = speed(piece.nl_per_day) * static_cast<double>(until - at);
      flow.least += given;
      flow.most += given;
      if (program_.mode == BasalMode::kPeriodic) add_periodic(at, until, flow);
    }
    at = until;
  }
  if (bolus_) {
    const double given = bolus_->until(to) - bolus_->until(from);
    flow.most += given;
    if (bolus_->sure) flow.least += given;
  }
  return flow;
}

// What periodic boluses give from one instant to another, all of it in the base.
void Oracle::add_periodic(Tick from, Tick to, Flow& flow) {
  const Tick interval = program_.periodic_interval_s * kSecond;
  const double dose = steps_of(program_.periodic_dose_nl);
  if (!grid_known_) {
    flow.most += dose * (std::floor(static_cast<double>(to - from) / static_cast<double>(interval)) + 1);
    return;
  }
  const auto give = [&](const Train& train) {
    const double given = train.until(to) - train.until(from);
    flow.most += given;
    if (train.sure) flow.least += given;
  };
  const Tick duration = program_.periodic_duration_s * kSecond;
  const Tick before = grid_ + (from - grid_) / interval * interval;
  if (!timed_ && before > grid_ && before > timed_cut_ && from < before + duration) {
    timed_ = Train{before, before + duration, dose, false};  // it may have begun while nobody knew whether therapy flowed
  }
  if (timed_) give(*timed_);
  for (Tick at = before + interval; at <= to; at += interval) {
    timed_ = Train{at, at + duration, dose, true};
    give(*timed_);
  }
  if (timed_ && timed_->end <= to) timed_.reset();
}

void Oracle::judge_spacing(std::span<const Tick> steps) {
  for (const Tick step : steps) {
    if (last_step_ != 0 && (step - last_step_) * 25 < kSecond) fail("REQ-107", "two steps less than 1/25 s apart");
    last_step_ = step;
  }
}

void Oracle::judge_steps(Span span, Tick from, std::span<const Tick> steps, const Seen& now) {
  const Tick to = at_;
  const auto count = static_cast<double>(steps.size());
  if (!blocked_) moved_ += count;
  const std::uint32_t at_fault = protocol::bit(Alarm::kMotorDriver);
  if ((seen_.alarms & now.alarms & at_fault) != 0 && count != 0)
    fail("REQ-701", "the drive moves though its driver is known to be at fault");
  held_pulses_ = blocked_ && span != Span::kResting ? held_pulses_ + count : 0;
  if (held_pulses_ >= kMissingForStall && flows(now)) fail("REQ-404", "the rotor is held, and therapy goes on");
  if (phase_ != Phase::kBase) {
    phase_pulses_ += count;
    if (may_be_stalled_) phase_slack_ += count;  // attempts at turning the rotor are none of it
  }
  if (span == Span::kResting) {
    stretch_open_ = false;
    if (!steps.empty() && steps.back() > resting_from_ + kSecond) fail("REQ-111", "a step though therapy rests");
    return;
  }
  const double phase_left = phase_left_;
  const Flow flow = prescribed(from, to);
  if (span == Span::kFlowing && flows(now)) {
    stretch_least_ += flow.least;
    stretch_most_ += flow.most;
    stretch_slack_ += flow.slack;
    stretch_steps_ += count;
    const double tolerance = kTrains + stretch_slack_ + stretch_most_ / 1000;
    if (stretch_steps_ > stretch_most_ + tolerance || stretch_steps_ < stretch_least_ - tolerance) {
      fail("REQ-102, 205, 206", std::to_string(stretch_steps_) + " steps of " + std::to_string(stretch_least_) + " … " +
                                    std::to_string(stretch_most_) + " prescribed since therapy flows");
    }
  } else {
    if (span == Span::kFlowing && (now.alarms & kHalting) == 0) fail("REQ-704", "therapy stopped by itself");
    stretch_open_ = false;
    if (timed_) timed_->sure = false;  // what fell into a pause was not begun
    double most = flow.most + flow.slack;
    phase_left_ = 0;
    if (phase_left > 0) most = std::max(most, prescribed(from, to).most);
    phase_left_ = phase_left;
    if (perhaps_) {
      std::swap(program_, *perhaps_);
      phase_left_ = 0;  // one with a bridge is always answered
      const Flow other = prescribed(from, to);
      most = std::max(most, other.most + other.slack);
      std::swap(program_, *perhaps_);
      phase_left_ = phase_left;
      timed_.reset();
    }
    const double probes = may_be_stalled_ ? kProbeSteps * (static_cast<double>(to - from) / (300.0 * kSecond) + 2) : 0;
    const bool sound = from >= damaged_until_;
    if (sound && count > most * 1.001 + kTrains + 2 + probes) {
      fail("REQ-102", std::to_string(count) + " steps where at most " + std::to_string(most) + " are prescribed");
    }
    if (sound && since_reset_ && !may_be_stalled_) {
      reset_steps_ += count;
      reset_most_ += most;
      if (reset_steps_ > reset_most_ * 1.001 + kExtraAtReset) {
        fail("REQ-505", std::to_string(reset_steps_) + " steps since a reset, prescribed are " + std::to_string(reset_most_));
      }
    }
    if (may_be_stalled_) {
      held_excess_ = std::max(0.0, held_excess_ + count - most);
      if (held_excess_ > kExcess + kTrains) fail("REQ-705", std::to_string(held_excess_) + " attempts above the prescription");
    }
    if (!blocked_) excess_ = std::max(0.0, excess_ + count - most - probes);
    if (excess_ > kExcess + kTrains) fail("REQ-705", std::to_string(excess_) + " steps above the prescription");
  }
}

void Oracle::judge_alarms(const Seen& now) {
  const auto stands = [&](Alarm alarm) { return (now.alarms & protocol::bit(alarm)) != 0; };
  const bool damage = damaged_until_ != 0;
  if (stands(Alarm::kMotorStall) && !may_be_stalled_) fail("REQ-404", "a stall, and the rotor is free");
  if (stands(Alarm::kOcclusion) && !may_be_occluded_) fail("REQ-406", "an occlusion, and the catheter is free");
  if (stands(Alarm::kReservoirEmpty) && now.reservoir_steps != 0) fail("REQ-303", "empty, and the ledger says otherwise");
  if (stands(Alarm::kReverseRotation) || stands(Alarm::kOverSpeed) || stands(Alarm::kSelfTest) ||
      (stands(Alarm::kMotorDriver) && !driver_may_be_out_)) {
    fail("REQ-401", "an alarm without a cause: " + std::to_string(now.alarms));
  }
  if (stands(Alarm::kOverVolume) && !damage) fail("REQ-705", "the volume limiter tripped without a fault");
  if (resets_too_many_ && now.state != TherapyState::kSelfTest && at_ >= settled_at_ && !stands(Alarm::kResets)) {
    fail("REQ-505", "three resets in a day, and no alarm stands");
  }
  if (stands(Alarm::kResets) && unasked_at_most_ < 3) fail("REQ-505", "an alarm for resets that were not");
  if (stands(Alarm::kMemory)) fail("REQ-702", "memory lost by the damage of one copy");
}

void Oracle::judge_ledger(const Seen& now) {
  if (entered_steps_ < 0 || now.state == TherapyState::kSelfTest) return;
  if (ledger_unknown_) {
    if (at_ < settled_at_) return;
    entered_steps_ = static_cast<double>(now.reservoir_steps) + moved_;
    ledger_unknown_ = false;
  }
  const double off = static_cast<double>(now.reservoir_steps) - (entered_steps_ - moved_);
  if (off < -1.5 - held_slack_ || off > 1.5 + held_slack_ + ledger_slack_) {
    fail("REQ-301, 704", "the ledger is off by " + std::to_string(off) + " steps");
  }
  if (at_ == settled_at_) {
    entered_steps_ += off;
    ledger_slack_ = 0;
    held_slack_ = blocked_ ? kMissingForStall : 0;
  }
  if (now.reservoir_steps == 0 && flows(now)) fail("REQ-303", "pumps from an empty reservoir");
}

void Oracle::judge_phase(const Seen& now) {
  if (now.state == TherapyState::kSelfTest) return;
  if (phase_ == Phase::kBase) {
    if (now.phase_left > 0) fail("REQ-210, 211", "primes or bridges without being asked");
    return;
  }
  if (now.phase_left > phase_steps_) fail("REQ-210, 211", "more to give than was asked for");
  if (stretch_open_ && std::abs(now.phase_left - phase_left_) > 2.5) fail("REQ-210, 211", "not at its rate");
  if (now.phase_left > 0) {
    const double off = phase_pulses_ - (phase_steps_ - now.phase_left);
    if (off < -1.5 || off > 1.5 + phase_slack_) {
      fail("REQ-210, 211",
           std::to_string(phase_pulses_) + " steps went out, " + std::to_string(phase_steps_ - now.phase_left) + " counted");
    }
    phase_left_ = now.phase_left;
  } else {
    if (phase_ == Phase::kBridging && phase_pulses_ < phase_steps_ - 1.5) fail("REQ-211", "the bridge ended too early");
    end_phase();
  }
}

void Oracle::end_phase() {
  bridged_at_ = phase_ == Phase::kBridging ? at_ : 0;
  phase_ = Phase::kBase;
  phase_left_ = 0;
}

void Oracle::rest(Tick from) {
  if (!run_known_ || run_) resting_from_ = from;
  run_ = false;
  run_known_ = true;
  stretch_open_ = false;
  timed_.reset();
  timed_cut_ = from;
}

void Oracle::follow(const Seen& now) {
  if ((now.alarms & kHalting) != 0 && (run_ || !run_known_)) rest(at_);
  if (now.state == TherapyState::kSelfTest) return;
  if (!run_known_ && at_ >= settled_at_) {
    run_known_ = true;
    run_ = flows(now) || now.state == TherapyState::kStallPause;
    if (!run_) {
      run_ = true;
      rest(at_);
    }
  }
  if (!blocked_ && at_ >= settled_at_ && (now.alarms & protocol::bit(Alarm::kMotorStall)) == 0) may_be_stalled_ = false;
  if (!occluded_ && at_ >= settled_at_ && (now.alarms & protocol::bit(Alarm::kOcclusion)) == 0) may_be_occluded_ = false;
  const bool driver_alarm = (now.alarms & protocol::bit(Alarm::kMotorDriver)) != 0;
  if (!driver_out_ && at_ >= settled_at_ && !driver_alarm) driver_may_be_out_ = false;
  if (at_ >= damaged_until_ && (now.alarms & protocol::bit(Alarm::kOverVolume)) == 0) damaged_until_ = 0;
}

void Oracle::judge_checkpoint(const Seen& now) {
  since_reset_ = false;
  resolve_unsure(now);
  if (booted_unasked_ != 0) unasked_.push_back(std::exchange(booted_unasked_, 0));
  const std::size_t unasked = unasked_.size();
  const bool counted = unasked >= 3 && unasked_[unasked - 1] - unasked_[unasked - 3] < kDay - kClockSlack;
  if (counted && unasked > judged_resets_) resets_too_many_ = true;
  judged_resets_ = unasked;
  if (programmed_) {
    const std::uint32_t crc = protocol::checksum(program_);
    if (perhaps_ && now.program_crc == protocol::checksum(*perhaps_)) {
      program_ = *perhaps_;
    } else if (now.program_crc != crc && damaged_until_ == 0) {
      fail("REQ-605, 704", "another program than was written");
    }
    perhaps_.reset();
  }
  if (now.state == TherapyState::kSelfTest && !driver_out_) fail("REQ-701, 704", "the pump is still in its self test");
  if (!run_known_ || !run_ || blocked_ || driver_out_ || now.state == TherapyState::kHalted) return;
  if (occluded_ && flows(now)) fail("REQ-406", "pumps against an occlusion");
  if (!occluded_ && !flows(now)) fail("REQ-405, 704", "therapy is not back, state " + std::to_string(static_cast<int>(now.state)));
}

void Oracle::rotor(bool blocked) {
  if (blocked) may_be_stalled_ = true;
  if (blocked && !blocked_) {
    held_slack_ += kMissingForStall;
    held_excess_ = 0;
  }
  // Attempts every 5 min; one that goes on is not paused at all.
  if (blocked_ && !blocked) settled_at_ = std::max(settled_at_, at_ + (flows(seen_) ? 1 : 305) * kSecond);
  blocked_ = blocked;
}

void Oracle::outlet(bool occluded) {
  if (occluded) may_be_occluded_ = true;
  if (occluded && !occluded_) settled_at_ = std::max(settled_at_, at_ + kOcclusionSeen);
  if (occluded_ && !occluded) settled_at_ = std::max(settled_at_, at_ + 1);
  occluded_ = occluded;
}

// It is tried again every minute, by a pump that may be asleep for 10 s. Where the rotor was held as well, the attempts at that begin anew.
void Oracle::driver(bool at_fault) {
  if (at_fault) driver_may_be_out_ = true;
  if (driver_out_ && !at_fault) settled_at_ = std::max(settled_at_, at_ + (may_be_stalled_ ? 380 : 75) * kSecond);
  driver_out_ = at_fault;
}

// REQ-703: what must happen next is a step, or one of the readings of the outlet 2 s apart (REQ-406); the watchdog bites 1 s after it.
void Oracle::hung(Tick bitten, std::span<const Tick> steps) {
  judge_spacing(steps);
  if (steps.size() > 1) fail("REQ-703", "more than the one step that was armed goes out in a hang");
  if (span_from_here() == Span::kFlowing) {
    double wait = kWatchedAtLeast * kSecond;
    const bool one_rate = program_.mode != BasalMode::kDaySchedule && phase_ == Phase::kBase;
    if (one_rate) wait = std::min(wait, 1 / speed(base_at(program_, local_s(at_)).nl_per_day));
    if (bolus_ && bolus_->sure && at_ > bolus_->start + kSecond && bitten < bolus_->end) {
      wait = std::min(wait, static_cast<double>(bolus_->end - bolus_->start) / bolus_->steps);
    }
    if (static_cast<double>(bitten - at_) > wait + kWatchdogWindow * kSecond) fail("REQ-703", "a hang lasts too long");
  }
  if (!blocked_) moved_ += static_cast<double>(steps.size());
  if (phase_ != Phase::kBase) phase_pulses_ += static_cast<double>(steps.size());
}

void Oracle::damaged(const Seen& now) {
  damaged_until_ = at_ + kHour;
  seen_ = now;
}

}  // namespace pumpfw::campaign
