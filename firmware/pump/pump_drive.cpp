// The step path, and what starts and stops it.
#include "firmware/pump/pump.h"

namespace pumpfw {
namespace {

constexpr Tick kRetryPeriod = 5 * kMinute;
constexpr Tick kProbeInterval = kSecond / 4;
constexpr Tick kOutletPeriod = 7 * kSecond / 4;  // REQ-406: also a pressure that comes from outside, between two steps, stops within 2 s
// One electrical period: the rotor falls in with the field somewhere in it. Fewer where that many would be more than the prescription.
constexpr std::uint8_t kProbeSteps = 4;
constexpr Tick kStepPatience = kSecond / 8;

}  // namespace

void Pump::on_step(Tick now, const hal::Events& events) {
  const StepOrigin origin = armed_;
  armed_ = StepOrigin::kNone;
  step_due_ = kNever;
  guard_ram(now);
  const bool unlimited = mutation_.is(Mutant::kRunawayUnlimited);
  const bool speed_kept = speed_.accept(events.step_at) || unlimited;
  const bool kept = probe_ == Probe::kNone ? volume_.accept(events.step_at) : volume_.accept_attempt(events.step_at);
  const bool volume_kept = kept || unlimited || mutation_.is(Mutant::kRateWrongUnlimited);
  if (volume_.excess_steps() > store_.state.excess_steps && store_.state.excess_steps <= VolumeLimiter::kExcessSteps) {
    store_.state.excess_steps = volume_.excess_steps() + kExcessReserve;
    save_state();
  }
  schedule_.taken(origin, events.step_at);
  if (probe_ != Probe::kNone) {
    if (volume_kept) return on_probe_step(now);
    halt(now, AlarmId::kOverVolume);  // REQ-705: perhaps the rotor turns, and only its sensor does not tell
    return end_probe(now);
  }
  ledger_.take_step();
  if (!speed_kept) halt(now, AlarmId::kOverSpeed);
  if (!volume_kept) halt(now, AlarmId::kOverVolume);

  const RotorWatch::Finding turned = rotor_.after_step(events.rotor_count);
  const bool slips_ignored = mutation_.is(Mutant::kSlipsIgnored);
  if (rotor_.lost() != 0 && !slips_ignored) ledger_.give_back(rotor_.lost());
  if (rotor_.missing() == 0) {
    missing_bolus_ = 0;
    if (store_.state.halted_since != 0) delivery_seen(now);
  } else if (origin == StepOrigin::kBolus) {
    ++missing_bolus_;
  }
  if (turned == RotorWatch::Finding::kReverse && !mutation_.is(Mutant::kReverseIgnored)) halt(now, AlarmId::kReverseRotation);
  if (turned == RotorWatch::Finding::kOverrun) {
    halt(now, AlarmId::kOverInfusion, reservoir_counts_ == hal::kNoReservoirSensor ? 0 : reservoir_counts_);
  }
  const bool stalls = turned == RotorWatch::Finding::kStall || (turned == RotorWatch::Finding::kShortfall && !slips_ignored);
  if (stalls && driving_ && !mutation_.is(Mutant::kIgnoreStall)) stall(now);

  if ((events.flags & hal::kEventOutlet) != 0) take_outlet(now, events.outlet_counts);
  if (origin == StepOrigin::kBolus && schedule_.bolus_left() == 0 && bolus_phase_ == BolusPhase::kGiving) finish_bolus(now);
  if (origin == StepOrigin::kTimed && schedule_.timed_left() == 0) finish_timed(now);
  if (origin == StepOrigin::kBasal && store_.state.phase_left != 0) take_phase_step(now);
  if (ledger_.at_or_below(reservoir_watch_)) reservoir_event(now);
  if (--steps_to_save_ == 0) save_progress();
  if (battery_wanted_) measure_battery();
  if (driving_) arm_next(now);
}

// REQ-706: a stop or a stall ends when the rotor has turned, not when it is tried, and not by a reset.
void Pump::delivery_seen(Tick now) {
  store_.state.halted_since = 0;
  drop(now, AlarmId::kStoppedLong);
  save_state();
  changed_ = true;
}

void Pump::take_outlet(Tick now, std::uint16_t counts) {
  self_test_.take_outlet(now, counts);
  outlet_counts_ = counts;
  outlet_at_ = now;
  watch_outlet(now);
  if (driving_ && occlusion_.trips(counts) && !mutation_.is(Mutant::kIgnoreOcclusion)) halt(now, AlarmId::kOcclusion, outlet_pascals());
}

void Pump::read_outlet(Tick now) {
  hal_.start_adc(hal::AdcChannel::kOutletPressure);
  watch_outlet(now);
}

// When the outlet is read next, if no step reads it before.
void Pump::watch_outlet(Tick now) {
  outlet_due_ = driving_ ? now + kOutletPeriod : kNever;
  hard_due_ = timers_due_ < outlet_due_ ? timers_due_ : outlet_due_;
}

void Pump::arm_next(Tick now) {
  const std::uint64_t dropped_before = schedule_.dropped_steps();
  const StepSchedule::Next next = schedule_.next(now);
  if (schedule_.dropped_steps() != dropped_before) {
    note(now, LogCode::kBacklogDiscarded, static_cast<std::int64_t>(schedule_.dropped_steps() - dropped_before));
  }
  armed_ = next.origin;
  const bool runs_away = mutation_.is(Mutant::kRunaway) || mutation_.is(Mutant::kRunawayUnlimited);
  const bool away = runs_away && ledger_.steps_since_refill() >= 1500;
  if (next.origin == StepOrigin::kNone) return;
  const bool late = mutation_.is(Mutant::kJittery) && next.origin == StepOrigin::kBasal && ledger_.steps_since_refill() % 2 != 0;
  arm_step(now, away ? now + kSecond / 100 : late ? next.at + (next.at - now) / 25 : next.at);
}

void Pump::arm_step(Tick now, Tick at) {
  step_due_ = at < now ? now : at;
  hal_.arm_step(at);
}

void Pump::disarm_step() {
  step_due_ = kNever;
  hal_.disarm_step();
}

// REQ-703: the step that is armed must have been heard of by then, so that the watchdog sees a hang 1 s after it. The step wakes the logic
// before, so that this costs no wake of its own; where a board is late with it, the logic looks again.
Tick Pump::watch_due(Tick now) const {
  if (step_due_ == kNever || mutation_.is(Mutant::kWatchdogLate)) return kNever;
  const Tick due = step_due_ + kStepPatience;
  return due > now ? due : now + kStepPatience;
}

bool Pump::blocked() const {
  std::uint32_t mask = alarms_.latched_mask();
  if (mutation_.is(Mutant::kRunDry)) mask &= ~AlarmList::bit(AlarmId::kReservoirEmpty);
  return mask != 0;
}

void Pump::update_drive(Tick now) {
  const bool tested = (driver_.ready() && !self_test_.running() && self_test_.failed() == 0) || mutation_.is(Mutant::kSelfTestSkipped);
  const bool may = store_.ready() && store_.state.run && effective_rate(now) != 0 && !blocked() && tested && !stalled_;
  if (may && !driving_) start_drive(now);
  if (!may && driving_) stop_drive(now);
  changed_ = true;
}

void Pump::start_drive(Tick now) {
  driving_ = true;
  hal_.enable_motor(true);
  rotor_.restart(rotor_count_);
  missing_bolus_ = 0;
  speed_.restart();
  volume_.run(now, true);
  schedule_.set_basal(now, effective_rate(now));
  schedule_.resume_basal(now);
  follow_calendar(now);
  plan_timed(now);
  if (paused_at_ != kNever) {
    const std::uint64_t backlog = StepSchedule::steps_in(effective_rate(now), now - paused_at_);
    if (mutation_.is(Mutant::kBacklogGiven)) schedule_.start_timed(now, static_cast<std::uint32_t>(backlog), kMinute);
    note(now, LogCode::kBacklogDiscarded, static_cast<std::int64_t>(backlog));
    paused_at_ = kNever;
  }
  battery_wanted_ = true;
  save_state();
  if (mutation_.is(Mutant::kStopForgottenAtReset)) store_.state.halted_since = 0;
  watch_outlet(now);
  arm_next(now);
}

void Pump::stop_drive(Tick now) {
  driving_ = false;
  watch_outlet(now);
  armed_ = StepOrigin::kNone;
  disarm_step();
  hal_.enable_motor(false);
  if (!mutation_.is(Mutant::kBolusGoesOn)) cancel_bolus(now);
  cancel_timed(now);
  if (phase() == TherapyPhase::kPriming) end_phase(now);  // REQ-210: what interrupts it ends it, the base follows
  schedule_.pause_basal(now);
  volume_.run(now, false);
  follow_calendar(now);
  plan_timed(now);
  paused_at_ = store_.state.run ? now : kNever;
  if (store_.state.halted_since == 0) store_.state.halted_since = pump_time(now);
  save_state();
}

void Pump::halt(Tick now, AlarmId id, std::int32_t figure) {
  store_.state.run = false;
  if (driving_) stop_drive(now);
  volume_.run(now, false);
  raise(now, id, figure);
  changed_ = true;
}

void Pump::stall(Tick now) {
  const std::uint32_t missing = rotor_.shortfall();
  ledger_.give_back(mutation_.is(Mutant::kSlipsIgnored) ? rotor_.missing() : rotor_.write_off());
  stalled_ = true;
  probes_ = 0;
  stop_drive(now);
  // The prescription goes on, and with it the attempts' pulses are within it, however long the rotor is held. Nothing is made up later.
  volume_.run(now, true);
  raise(now, AlarmId::kMotorStall, static_cast<std::int32_t>(missing));
  drive_timer_ = mutation_.is(Mutant::kNoStallRetry) ? kNever : now + kRetryPeriod;
  changed_ = true;
}

void Pump::begin_probe(Tick now) {
  if (!store_.state.run || blocked() || !driver_.ready()) {
    drive_timer_ = now + kRetryPeriod;
    return;
  }
  probe_ = Probe::kStepping;
  probe_steps_ = 0;
  const std::uint32_t room = volume_.room_for_attempts(now);
  probe_most_ = room < kProbeSteps ? static_cast<std::uint8_t>(room) : kProbeSteps;
  probe_started_ = now;
  probe_count_ = rotor_count_;
  note(now, LogCode::kStallRetry, ++probes_);
  rotor_.restart(rotor_count_);
  speed_.restart();
  volume_.run(now, true);
  hal_.enable_motor(true);
  arm_step(now, schedule_.earliest(now));
  drive_timer_ = kNever;
}

void Pump::on_probe_step(Tick now) {
  changed_ = true;
  ++probe_steps_;
  if (RotorWatch::difference(rotor_count_, probe_count_) > 0) return stall_over(now);
  if (probe_steps_ < probe_most_) {
    arm_step(now, now + kProbeInterval);
  } else {
    probe_ = Probe::kLooking;  // a count may come a little after its step
    drive_timer_ = now + kProbeInterval;
  }
}

void Pump::end_probe(Tick now) {
  if (RotorWatch::difference(rotor_count_, probe_count_) > 0) return stall_over(now);
  probe_ = Probe::kNone;
  disarm_step();
  hal_.enable_motor(false);
  drive_timer_ = probe_started_ + kRetryPeriod;
}

void Pump::stall_over(Tick now) {
  const std::int32_t turned = RotorWatch::difference(rotor_count_, probe_count_);
  for (std::int32_t i = 0; i < turned && i < probe_steps_; ++i) ledger_.take_step();
  probe_ = Probe::kNone;
  drive_timer_ = kNever;
  stalled_ = false;
  if (!mutation_.is(Mutant::kRecoveryUnlogged))
    note(now, LogCode::kStallRecovered, static_cast<std::int64_t>((pump_time(now) - alarms_.since(AlarmId::kMotorStall)) / kSecond));
  drop(now, AlarmId::kMotorStall);
  update_drive(now);
}

void Pump::reservoir_event(Tick now) {
  if (ledger_.empty()) {
    if (mutation_.is(Mutant::kRunDry)) return raise(now, AlarmId::kReservoirEmpty);
    return halt(now, AlarmId::kReservoirEmpty);
  }
  raise(now, AlarmId::kReservoirLow);
  reservoir_watch_ = 0;
}

void Pump::watch_reservoir(Tick now) {
  std::uint64_t threshold = steps_from_nl(program().low_reservoir_threshold_nl);
  if (mutation_.is(Mutant::kLowAlarmLate)) threshold /= 2;
  if (!ledger_.at_or_below(threshold)) drop(now, AlarmId::kReservoirLow);
  reservoir_watch_ = alarms_.active(AlarmId::kReservoirLow) ? 0 : threshold;
}

void Pump::begin_bolus(Tick now) {
  bolus_phase_ = BolusPhase::kGiving;
  battery_wanted_ = true;  // REQ-501: with its first step
  if (mutation_.is(Mutant::kBatteryDaily) || mutation_.is(Mutant::kBatteryAtRest)) battery_wanted_ = false;
  schedule_.start_bolus(now, bolus_granted_, bolus_duration_);
  arm_next(now);
}

void Pump::finish_bolus(Tick now) {
  bolus_phase_ = BolusPhase::kNone;
  bolus_given_ = bolus_granted_;
  volume_.end_bolus();
  store_.boluses.history.close_last(pump_time(now), bolus_granted_);
  store_.mark_boluses();
  note(now, LogCode::kBolusCompleted, bolus_granted_);
  save_state();
}

void Pump::cancel_bolus(Tick now) {
  if (bolus_phase_ == BolusPhase::kNone) return;
  const std::uint32_t missing = stalled_ ? missing_bolus_ : 0;
  const std::uint32_t taken = bolus_granted_ - bolus_left();
  const std::uint32_t given = taken > missing ? taken - missing : 0;
  bolus_phase_ = BolusPhase::kNone;
  bolus_given_ = given;
  schedule_.cancel_bolus();
  volume_.end_bolus();
  store_.boluses.history.close_last(pump_time(now), given);
  store_.mark_boluses();
  const std::uint32_t told = mutation_.is(Mutant::kBolusMislogged) ? given + 20 : given;
  note(now, LogCode::kBolusCancelled, told, bolus_granted_ - given);
  save_state();
}

std::uint32_t Pump::bolus_left() const {
  if (bolus_phase_ == BolusPhase::kNone) return 0;
  return bolus_phase_ == BolusPhase::kGiving ? schedule_.bolus_left() : bolus_granted_;
}

std::uint32_t Pump::bolus_given() const {
  return bolus_phase_ == BolusPhase::kNone ? bolus_given_ : bolus_granted_ - bolus_left();
}

}  // namespace pumpfw
