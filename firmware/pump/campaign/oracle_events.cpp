// What the oracle takes from a request and its answer.
#include <algorithm>
#include <cmath>
#include <utility>

#include "firmware/pump/campaign/oracle.h"

namespace pumpfw::campaign {
namespace {

using protocol::Alarm;

constexpr double kLossAtReset = 80;  // REQ-704: 1 µL
constexpr double kOwedAtReset = 3;   // steps of a rotor that is held, not yet found missing when the pump is cut
constexpr std::uint32_t kLargestPrimeNl = 1'000'000;

}  // namespace

void Oracle::wrote(const Program& program, StatusCode answer, const Seen& now) {
  last_asked_ = Asked::kOther;
  const bool other_concentration = programmed_ && program.concentration_ng_per_ml != program_.concentration_ng_per_ml;
  if (answer != StatusCode::kOk) {
    if (now.program_crc != seen_.program_crc) fail("REQ-606", "a refused program has changed something");
    if (phase_ == Phase::kBase && !other_concentration) {
      fail("REQ-101", "a program that keeps every rule is refused, status " + std::to_string(static_cast<int>(answer)));
    }
    seen_ = now;
    return;
  }
  if (phase_ != Phase::kBase) fail("REQ-211", "a program without a bridge is taken while one runs");
  if (other_concentration && program.bridge_volume_nl == 0) fail("REQ-211", "another concentration without a bridge");
  if (now.program_crc != protocol::checksum(program)) fail("REQ-605", "another program than was written");
  if (bolus_ && now.bolus_left == 0) cut_bolus(now);
  if (!programmed_ || program.mode != program_.mode || program.periodic_interval_s != program_.periodic_interval_s) {
    grid_ = at_;
    grid_known_ = true;
  }
  timed_.reset();
  timed_cut_ = at_;
  previous_ = program_;
  program_ = program;
  programmed_ = true;
  damaged_until_ = std::min(damaged_until_, at_);
  if (program.bridge_volume_nl != 0) {
    phase_ = Phase::kBridging;
    phase_left_ = phase_steps_ = steps_of(program.bridge_volume_nl);
    phase_pulses_ = phase_slack_ = 0;
    if (std::abs(now.phase_left - phase_left_) > 0.5) fail("REQ-211", "a bridge does not begin");
  }
  last_asked_ = Asked::kProgram;
  seen_ = now;
}

void Oracle::started(StatusCode answer, const Seen& now) {
  last_asked_ = Asked::kOther;
  if (answer != StatusCode::kOk) {
    const bool reason =
        !programmed_ || seen_.state == TherapyState::kSelfTest || seen_.state == TherapyState::kHalted || seen_.reservoir_steps == 0;
    if (!reason) fail("REQ-106", "a start is refused, status " + std::to_string(static_cast<int>(answer)));
    seen_ = now;
    return;
  }
  last_asked_ = Asked::kRun;
  if (!run_known_ || !run_) {
    run_ = run_known_ = true;
    stretch_open_ = false;
    held_pulses_ = 0;
    if (occluded_) settled_at_ = std::max(settled_at_, at_ + kOcclusionSeen);
    if (!flows(now)) {
      if (!may_be_stalled_ && !driver_may_be_out_ && at_ >= settled_at_) fail("REQ-106", "a start that starts nothing");
      settled_at_ = std::max(settled_at_, at_ + 305 * kSecond);
    }
  }
  seen_ = now;
}

void Oracle::stopped(StatusCode answer, const Seen& now) {
  if (answer != StatusCode::kOk) fail("REQ-111", "a stop is refused");
  last_asked_ = Asked::kRun;
  cut_bolus(now);
  if (now.bolus_left != 0) fail("REQ-208", "a bolus goes on though therapy is stopped");
  if (phase_ == Phase::kPriming) end_phase();
  rest(at_);
  seen_ = now;
}

void Oracle::primed(std::uint32_t nl, StatusCode answer, const Seen& now) {
  last_asked_ = Asked::kOther;
  if (answer == StatusCode::kOk) {
    const std::uint32_t path = program_.pump_tube_nl + program_.catheter_nl;
    if (!programmed_ || nl > path || nl > kLargestPrimeNl) fail("REQ-210", "primes more than the path holds");
    if ((seen_.alarms & protocol::kCriticalAlarms) != 0) fail("REQ-208", "primes in a critical alarm");
    phase_ = Phase::kPriming;
    phase_left_ = phase_steps_ = steps_of(nl);
    phase_pulses_ = phase_slack_ = 0;
    if (std::abs(now.phase_left - phase_left_) > 0.5) fail("REQ-210", "primes another volume than was asked for");
    timed_.reset();
    timed_cut_ = at_;
    last_asked_ = Asked::kRun;
    if (!run_known_ || !run_) {
      run_ = run_known_ = true;
      stretch_open_ = false;
      if (occluded_) settled_at_ = std::max(settled_at_, at_ + kOcclusionSeen);
    }
    if (!flows(now)) {
      settled_at_ = std::max(settled_at_, at_ + 305 * kSecond);
    }
  }
  seen_ = now;
}

void Oracle::took_what_breaks_a_rule(int rule) {
  fail("REQ-606", "a program that breaks the rule " + std::to_string(rule) + " is taken");
}

void Oracle::self_tested(StatusCode answer, const Seen& now) {
  last_asked_ = Asked::kOther;
  const bool rests = !programmed_ || (run_known_ && !run_);
  if (answer == StatusCode::kOk) {
    if (programmed_ && run_known_ && run_) fail("REQ-701", "a self test begins though therapy is meant to run");
    settled_at_ = std::max(settled_at_, at_ + 10 * kSecond);
  } else if (rests && seen_.state != TherapyState::kSelfTest) {
    fail("REQ-701", "a self test is refused, status " + std::to_string(static_cast<int>(answer)));
  }
  if (now.program_crc != seen_.program_crc || now.reservoir_steps != seen_.reservoir_steps) {
    fail("REQ-701", "a self test has changed something");
  }
  seen_ = now;
}

void Oracle::ended_prime(StatusCode answer, const Seen& now) {
  last_asked_ = Asked::kOther;
  if (answer == StatusCode::kOk) {
    if (phase_ != Phase::kPriming) fail("REQ-210", "ends a priming that nobody asked for");
    end_phase();
  } else if (phase_ == Phase::kPriming && seen_.phase_left > 0 && now.state != TherapyState::kSelfTest) {
    fail("REQ-210", "a priming cannot be ended");
  }
  seen_ = now;
}

void Oracle::ended_bolus(StatusCode answer, const Seen& now) {
  last_asked_ = Asked::kOther;
  if (answer == StatusCode::kOk) cut_bolus(now);
  seen_ = now;
}

void Oracle::set_clock(std::int64_t local_s, const Seen& now) {
  last_asked_ = Asked::kOther;
  clock_at_ = at_;
  clock_s_ = static_cast<double>(local_s);
  judge_lockout(now);
  seen_ = now;
}

void Oracle::entered(std::uint32_t nl, StatusCode answer, const Seen& now) {
  last_asked_ = Asked::kOther;
  if (answer == StatusCode::kOk) {
    entered_steps_ = std::floor(nl / kStepNl);
    moved_ = ledger_slack_ = 0;
    ledger_unknown_ = may_be_stalled_;
  }
  seen_ = now;
}

void Oracle::cleared(const Seen& now) {
  if (booted_unasked_ != 0) unasked_.push_back(std::exchange(booted_unasked_, 0));
  judged_resets_ = unasked_.size();
  resets_too_many_ = false;
  last_asked_ = Asked::kOther;
  seen_ = now;
}

void Oracle::lost(Lost record, const Seen& now) {
  if (record == Lost::kBoluses) {
    const bool given = programmed_ && program_.patient_bolus_enabled && !perhaps_ && !grants_.empty() && grants_.back().sure;
    if (given && now.lockout_s + 10 < program_.bolus_lockout_s) fail("REQ-212, 702", "boluses are forgotten, and no lockout is in force");
    return;
  }
  if (record == Lost::kProgram && !programmed_) return;
  if ((now.alarms & protocol::bit(Alarm::kMemory)) == 0) fail("REQ-702", "a record is lost without an alarm");
  if (flows(now)) fail("REQ-702", "therapy goes on by what was lost");
}

void Oracle::nothing(const char* what, const Seen& now) {
  // A driver at fault is tried again by the minute, which looks like a self test.
  const bool tried = driver_may_be_out_ && (now.state == TherapyState::kSelfTest || seen_.state == TherapyState::kSelfTest);
  const bool same = now.program_crc == seen_.program_crc && (now.state == seen_.state || tried) && now.bolus_left == seen_.bolus_left &&
                    now.phase_left == seen_.phase_left && now.reservoir_steps == seen_.reservoir_steps;
  if (!same) fail("REQ-604, 606", std::string(what) + " has changed something");
  seen_ = now;
}

void Oracle::reset(Tick booted, bool answered, const Seen& now) {
  const Tick cut = cut_ = at_;
  booted_unasked_ = 0;
  if (bolus_) {
    Grant& grant = grants_.back();
    grant.end = std::min(bolus_->end, booted + kSecond);  // a pump without supply cannot know when it ended
    grant.least = std::max(0.0, bolus_->until(cut) - 2);
    if (!answered && last_asked_ == Asked::kGrant) {
      grant.sure = false;
      grant.least = 0;
      grant.end = bolus_->end;  // its record may be all that reached the memory
    }
    bolus_.reset();
  }
  if (!grants_.empty() && grants_.back().cut_at != 0 && cut - grants_.back().cut_at < kSecond) {
    // The record of the cut may not have reached the memory: then the grant counts in full.
    grants_.back().most = grants_.back().dose;
    grants_.back().end = grants_.back().full_end;
  }
  if (!answered && last_asked_ == Asked::kRun) run_known_ = false;
  // A halt is no answer: the pump may have been cut before it was noted down.
  if (run_known_ && !run_ && seen_.state == TherapyState::kHalted && cut - resting_from_ < kSecond) run_known_ = false;
  if (!answered && last_asked_ == Asked::kProgram) {
    perhaps_ = program_;
    program_ = previous_;
    grid_known_ = false;
  }
  if (phase_ == Phase::kPriming) end_phase();  // REQ-210
  // The pump may go on with a part of a bridge that it does not know of any more, even with one that was over.
  if (phase_ == Phase::kBase && bridged_at_ != 0 && cut - bridged_at_ < kSecond) phase_ = Phase::kBridging;
  if (phase_ == Phase::kBridging) phase_left_ = std::min(phase_left_ + kLossAtReset, phase_steps_);
  phase_slack_ += kLossAtReset;
  ledger_slack_ += kLossAtReset;
  if (blocked_) held_slack_ += kOwedAtReset;
  timed_.reset();
  timed_cut_ = booted;
  stretch_open_ = false;
  since_reset_ = true;
  reset_steps_ = reset_most_ = 0;
  held_pulses_ = 0;
  damaged_until_ = std::min(damaged_until_, booted);
  last_asked_ = Asked::kOther;
  at_ = booted;
  settled_at_ = std::max(settled_at_, booted + 5 * kSecond);
  seen_ = now;
}

}  // namespace pumpfw::campaign
