// What the base gives at each moment: the day schedule, periodic boluses, and the phases that stand in for the base, priming and bridge.
// Single boluses of the clinician.
#include "firmware/pump/pump.h"

namespace pumpfw {
namespace {

using protocol::BasalMode;

constexpr Tick kLateEdge = 30 * kSecond;  // of a mutant

// |value - wanted| <= wanted / parts + slack
constexpr bool near(std::uint64_t value, std::uint64_t wanted, std::uint64_t parts, std::uint64_t slack) {
  const std::uint64_t off = value > wanted ? value - wanted : wanted - value;
  return off <= wanted / parts + slack;
}

}  // namespace

// ---- The calendar ----

std::int64_t Pump::local_ticks(Tick now) const {
  // Unsigned, so that an offset from a damaged memory wraps instead of overflowing.
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(store_.state.calendar_offset_s) * kSecond + rtc_ticks(now));
}

bool Pump::calendar_set(Tick now) const {
  return local_time_s(now) >= kCalendarBegins || mutation_.is(Mutant::kCalendarUnjudged);
}

void Pump::watch_calendar(Tick now) {
  const bool needed = store_.state.run && program().mode == BasalMode::kDaySchedule;
  needed && !calendar_set(now) ? raise(now, AlarmId::kClockNotSet) : drop(now, AlarmId::kClockNotSet);
}

std::int64_t Pump::local_time_s(Tick now) const {
  const std::int64_t ticks = local_ticks(now);
  constexpr auto kTicks = static_cast<std::int64_t>(kSecond);
  return ticks >= 0 ? ticks / kTicks : -((kTicks - 1 - ticks) / kTicks);
}

void Pump::follow_calendar(Tick now) {
  volume_.set_calendar(now, local_ticks(now) - static_cast<std::int64_t>(now));
  rate_edge_ = kNever;
  changed_ = true;
  if (!driving_ || program().mode != BasalMode::kDaySchedule) return;
  const std::int64_t second = local_time_s(now);
  const std::int64_t edge_s = second + scheduled_rate(program(), second).holds_s;
  rate_edge_ = now + static_cast<Tick>(edge_s * static_cast<std::int64_t>(kSecond) - local_ticks(now));
  if (mutation_.is(Mutant::kScheduleLate)) rate_edge_ += kLateEdge;
}

StatusCode Pump::set_clock(Tick now, std::int64_t local_time_s, Role role) {
  if (!store_.ready()) return StatusCode::kSelfTest;
  constexpr std::int64_t kLatest = std::int64_t{200} * 366 * kSecondsPerDay;
  if (local_time_s < kCalendarBegins || local_time_s > kLatest) return StatusCode::kStateOutOfRange;
  const std::int64_t moved = local_time_s - this->local_time_s(now);
  store_.state.calendar_offset_s += moved;
  if (mutation_.is(Mutant::kClockInLockout) && moved > 0) {
    store_.boluses.history.restart_at(pump_time(now) - static_cast<Tick>(moved) * kSecond);
  }
  note(now, LogCode::kClockSet, moved, static_cast<std::int64_t>(role));
  follow_calendar(now);
  watch_calendar(now);
  follow_rate(now);
  save_state();
  return StatusCode::kOk;
}

// ---- The rate ----

std::uint32_t Pump::effective_rate(Tick now) const {
  if (phase() == TherapyPhase::kPriming) return kPrimeRateNlPerDay;
  std::uint32_t rate = program().basal_rate_nl_per_day;
  if (phase() == TherapyPhase::kBridging) {
    rate = program().bridge_rate_nl_per_day;
  } else if (program().mode == BasalMode::kMinimumRate) {
    rate = mutation_.is(Mutant::kMinimumRateFast) ? kMinimumRateNlPerDay * 6 / 5 : kMinimumRateNlPerDay;
  } else if (program().mode == BasalMode::kDaySchedule) {
    const std::int64_t late = mutation_.is(Mutant::kScheduleLate) ? static_cast<std::int64_t>(kLateEdge / kSecond) : 0;
    rate = scheduled_rate(program(), local_time_s(now) - late).nl_per_day;
  }
  if (mutation_.is(Mutant::kRateHigh)) rate += rate / 5;
  if (mutation_.is(Mutant::kRateWrong) || mutation_.is(Mutant::kExcessForgotten) || mutation_.is(Mutant::kRateWrongUnlimited)) rate *= 2;
  if (mutation_.is(Mutant::kUneven)) rate = now / kHour % 2 == 0 ? rate * 13 / 10 : rate * 7 / 10;
  return rate;
}

void Pump::follow_rate(Tick now) {
  schedule_.set_basal(now, effective_rate(now));
  if (driving_) arm_next(now);
  changed_ = true;
}

void Pump::run_rate_edge(Tick now) {
  follow_calendar(now);
  follow_rate(now);
}

// ---- Periodic boluses ----

// The grid counts from the anchor for ever: what falls into a pause is not given later (REQ-105).
void Pump::plan_timed(Tick now) {
  timed_due_ = kNever;
  changed_ = true;
  if (!driving_ || phase() != TherapyPhase::kBase || program().mode != BasalMode::kPeriodic) return;
  const Tick interval = program().periodic_interval_s * kSecond;
  const PumpTime since = pump_time(now) - store_.state.periodic_anchor;
  timed_due_ = now + interval - since % interval;
}

void Pump::begin_timed(Tick now) {
  const Tick interval = program().periodic_interval_s * kSecond;
  const bool skipped = mutation_.is(Mutant::kPeriodicSkipped) && (pump_time(now) - store_.state.periodic_anchor) / interval % 2 == 0;
  if (!skipped) {
    schedule_.start_timed(now, steps_from_nl(program().periodic_dose_nl), program().periodic_duration_s * kSecond);
    arm_next(now);
  }
  plan_timed(now);
}

void Pump::finish_timed(Tick now) {
  const std::uint32_t left = schedule_.timed_left();
  note(now, LogCode::kPeriodicBolusGiven, steps_from_nl(program().periodic_dose_nl) - left, left);
  schedule_.cancel_timed();
  changed_ = true;
}

void Pump::cancel_timed(Tick now) {
  if (schedule_.timed_left() != 0) finish_timed(now);
}

// ---- Priming and bridge ----

void Pump::begin_phase(Tick now, TherapyPhase phase, std::uint32_t steps) {
  store_.state.phase = static_cast<std::uint8_t>(phase);
  store_.state.phase_left = steps;
  if (phase == TherapyPhase::kPriming) {
    volume_.prime(now, steps);
  } else {
    volume_.bridge(now, steps);
  }
  save_state();
}

void Pump::end_phase(Tick now) {
  SavedState& state = store_.state;
  const std::uint32_t left = state.phase_left;
  if (phase() == TherapyPhase::kPriming) {
    note(now, LogCode::kPrimeEnded, state.phase_given, left);
    volume_.prime(now, 0);
  } else {
    note(now, LogCode::kBridgeEnded, state.phase_given);
    volume_.bridge(now, 0);
    state.tube_concentration_ng_per_ml = program().concentration_ng_per_ml;
  }
  state.phase = static_cast<std::uint8_t>(TherapyPhase::kBase);
  state.phase_left = 0;
  save_state();
  follow_rate(now);
  plan_timed(now);
}

void Pump::take_phase_step(Tick now) {
  ++store_.state.phase_given;
  if (--store_.state.phase_left == 0) end_phase(now);
}

// After a program was written, and after a reset: the bridge that it asks for begins, or goes on; a priming bolus does not outlive a reset.
void Pump::resume_phase(Tick now) {
  SavedState& state = store_.state;
  if (state.phase_revision != program_revision()) {
    state.phase_revision = program_revision();
    const bool bridge = program().bridge_volume_nl != 0 && !mutation_.is(Mutant::kBridgeSkipped);
    if (bridge) {
      note(now, LogCode::kBridgeStarted, program().bridge_volume_nl, program().bridge_rate_nl_per_day);
      state.phase_given = 0;
      return begin_phase(now, TherapyPhase::kBridging, steps_from_nl(program().bridge_volume_nl));
    }
    state.tube_concentration_ng_per_ml = program().concentration_ng_per_ml;
    state.phase = static_cast<std::uint8_t>(TherapyPhase::kBase);
    state.phase_left = 0;
    return volume_.bridge(now, 0);
  }
  if (phase() == TherapyPhase::kPriming && !driving_) end_phase(now);
  if (phase() == TherapyPhase::kBridging) volume_.bridge(now, state.phase_left);
}

StatusCode Pump::judge_bridge(const Program& wanted, std::uint32_t volume_nl) const {
  if (volume_nl == 0) return StatusCode::kPathVolumeOutOfRange;
  if (wanted.bridge_volume_nl == 0) return StatusCode::kBridgeRequired;
  // REQ-211: the path ±1 %; the dose of the new program, its timed boluses spread over the bridge, from the old concentration, to the
  // rounding of a rate.
  if (!near(wanted.bridge_volume_nl, volume_nl, 100, 13)) return StatusCode::kBridgeWrong;
  const std::uint64_t old = store_.state.tube_concentration_ng_per_ml;
  const std::uint64_t rate = (mean_with_timed(wanted) * wanted.concentration_ng_per_ml + old / 2) / old;
  return near(wanted.bridge_rate_nl_per_day, rate, 200, 1) ? StatusCode::kOk : StatusCode::kBridgeWrong;
}

StatusCode Pump::judge_concentration(const Program& wanted) const {
  const std::uint32_t tube = store_.state.tube_concentration_ng_per_ml;
  const bool stated = program_revision() != 0 && tube != 0 && wanted.concentration_ng_per_ml != 0;
  const bool bridge = wanted.bridge_volume_nl != 0 || wanted.bridge_rate_nl_per_day != 0;
  if (phase() == TherapyPhase::kPriming) return StatusCode::kPriming;
  // What stands in the path is not forgotten, so that nobody gets from one concentration to another by way of none.
  const bool unsaid = program_revision() != 0 && tube != 0 && wanted.concentration_ng_per_ml == 0;
  if (unsaid && !mutation_.is(Mutant::kConcentrationForgotten)) return StatusCode::kConcentrationNotStated;
  if (!stated) return bridge ? StatusCode::kBridgeWrong : StatusCode::kOk;
  if (wanted.drug != program().drug) return bridge || store_.state.run ? StatusCode::kOtherDrug : StatusCode::kOk;
  if (phase() == TherapyPhase::kBridging) {
    // Two concentrations stand in the path one after the other: a third would make the plan of none of them true.
    if (wanted.concentration_ng_per_ml != program().concentration_ng_per_ml) return StatusCode::kBridging;
    return judge_bridge(wanted, static_cast<std::uint32_t>(nl_from_steps(store_.state.phase_left)));
  }
  if (wanted.concentration_ng_per_ml != tube) return judge_bridge(wanted, path_nl(wanted));
  return bridge ? StatusCode::kBridgeWrong : StatusCode::kOk;
}

StatusCode Pump::prime(Tick now, std::uint32_t volume_nl) {
  if (starting()) return StatusCode::kSelfTest;
  guard_memory(now);
  if (program_revision() == 0) return StatusCode::kNoProgram;
  if (alarms_.any_critical()) return StatusCode::kCriticalAlarm;
  if (store_.state.rewrite) return StatusCode::kMemoryFault;
  if (phase() == TherapyPhase::kPriming) return StatusCode::kPriming;
  if (phase() == TherapyPhase::kBridging) return StatusCode::kBridging;
  if (bolus_phase_ != BolusPhase::kNone) return StatusCode::kBolusRunning;
  volume_.ask(volume_nl);
  std::uint32_t steps = steps_from_nl(volume_nl);
  if (steps == 0 || volume_nl > path_nl(program())) return StatusCode::kPathVolumeOutOfRange;
  if (ledger_.left_steps() < steps) return StatusCode::kReservoirTooLow;
  if (mutation_.is(Mutant::kPrimeLong)) steps += steps / 10;
  cancel_timed(now);
  store_.state.phase_given = 0;
  begin_phase(now, TherapyPhase::kPriming, steps);
  note(now, LogCode::kPrimeStarted, volume_nl);
  late_stop_ = kNever;
  if (!store_.state.run) note(now, LogCode::kTherapyStarted, mean_base(program()));  // the base follows, whatever ends the priming
  store_.state.run = true;
  if (driving_) {
    follow_rate(now);
    plan_timed(now);
  } else {
    update_drive(now);
  }
  save_state();
  return StatusCode::kOk;
}

StatusCode Pump::end_prime(Tick now) {
  if (!store_.ready()) return StatusCode::kSelfTest;
  if (phase() != TherapyPhase::kPriming) return StatusCode::kNothingRuns;
  end_phase(now);
  return StatusCode::kOk;
}

// ---- Single boluses of the clinician ----

StatusCode Pump::give_bolus(Tick now, std::uint32_t nonce, std::uint32_t dose_nl, std::uint32_t duration_s) {
  if (starting()) return StatusCode::kSelfTest;
  volume_.ask(dose_nl);
  guard_memory(now);
  if (gate_.granted_before(nonce, pump_time(now), boluses())) return StatusCode::kOk;  // asked again, perhaps after a reset
  if (program_revision() == 0) return StatusCode::kNoProgram;
  if (alarms_.any_critical()) return StatusCode::kCriticalAlarm;
  if (!driving_ || late_stop_ != kNever) return StatusCode::kTherapyStopped;
  if (phase() == TherapyPhase::kPriming) return StatusCode::kPriming;
  if (phase() == TherapyPhase::kBridging) return StatusCode::kBridging;
  if (bolus_phase_ != BolusPhase::kNone) return StatusCode::kBolusRunning;
  if (dose_nl < kMinBolusNl || dose_nl > kMaxBolusNl) return StatusCode::kBolusDoseOutOfRange;
  if (duration_s == 0 || duration_s > kMaxBolusDurationS) return StatusCode::kBolusDurationOutOfRange;
  std::uint32_t steps = steps_from_nl(dose_nl);
  if (!bolus_fits(steps, duration_s, fastest_base(program()))) return StatusCode::kCombinedRateTooHigh;
  if (ledger_.left_steps() < steps) return StatusCode::kReservoirTooLow;
  if (!boluses().has_room(pump_time(now))) return StatusCode::kDailyCountReached;  // a ceiling would forget the oldest
  const StatusCode ceilings = gate_.judge_ceilings(pump_time(now), dose_nl, program(), boluses());
  if (ceilings != StatusCode::kOk) return ceilings;
  if (mutation_.is(Mutant::kSingleBolusHigh)) steps = steps * 115 / 100;
  grant_bolus(now, nonce, steps, duration_s * kSecond);
  volume_.grant_single(now, steps);
  note(now, LogCode::kClinicianBolusGiven, dose_nl, duration_s);
  save_state();
  return StatusCode::kOk;
}

StatusCode Pump::end_bolus(Tick now) {
  if (!store_.ready()) return StatusCode::kSelfTest;
  if (bolus_phase_ == BolusPhase::kNone) return StatusCode::kNothingRuns;
  cancel_bolus(now);
  if (driving_) arm_next(now);
  return StatusCode::kOk;
}

// The steps begin when the record of the grant is safe (run_store): a reset can then neither repeat the bolus nor forget its lockout.
void Pump::grant_bolus(Tick now, std::uint32_t nonce, std::uint32_t steps, Tick duration) {
  changed_ = true;
  bolus_granted_ = steps;
  bolus_duration_ = duration;
  bolus_phase_ = BolusPhase::kRecording;
  const PumpTime at = pump_time(now);
  store_.boluses.history.add({at, at + duration, steps, nonce});
  store_.mark_boluses();
}

StatusCode Pump::test_alarm(Tick now, Role role) {
  if (!store_.ready()) return StatusCode::kSelfTest;
  if (!mutation_.is(Mutant::kTestSilent) && !sounder_.test(now)) return StatusCode::kBusy;
  note(now, LogCode::kAlarmTested, static_cast<std::int64_t>(role));
  changed_ = true;
  return StatusCode::kOk;
}

}  // namespace pumpfw
