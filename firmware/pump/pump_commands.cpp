// What clinician, patient and service ask of the pump.
#include "firmware/protocol/permissions.h"
#include "firmware/pump/pump.h"

namespace pumpfw {
namespace {

constexpr Tick kLateStop = 3 * kSecond;      // of a mutant
constexpr Tick kUpdatePause = 12 * kSecond;  // of another

}  // namespace

StatusCode Pump::set_program(Tick now, const Program& wanted) {
  if (!store_.ready()) return StatusCode::kSelfTest;
  ProgramVerdict verdict = check(wanted);
  if (verdict.status == StatusCode::kLockoutOutOfRange && mutation_.is(Mutant::kLimitUnset)) verdict = {};
  if (verdict.status == StatusCode::kRateOutOfRange && mutation_.is(Mutant::kRateRangeWide)) verdict = {};
  const bool edge = wanted.basal_rate_nl_per_day == kMinRateNlPerDay || wanted.basal_rate_nl_per_day == kMaxRateNlPerDay;
  if (edge && mutation_.is(Mutant::kRateEdgesRefused)) verdict = {StatusCode::kRateOutOfRange, wanted.basal_rate_nl_per_day};
  if (verdict.status == StatusCode::kOk) verdict = {judge_concentration(wanted), wanted.concentration_ng_per_ml};
  const bool by_calendar = wanted.mode == protocol::BasalMode::kDaySchedule && store_.state.run;
  if (verdict.status == StatusCode::kOk && by_calendar && !calendar_set(now)) verdict = {StatusCode::kClockNotSet, 0};
  if (verdict.status != StatusCode::kOk) {
    if (mutation_.is(Mutant::kHalfWritten)) store_.program.program.basal_rate_nl_per_day = wanted.basal_rate_nl_per_day;
    note(now, LogCode::kProgramRefused, static_cast<std::int32_t>(verdict.status), verdict.value);
    return verdict.status;
  }
  if (bolus_phase_ != BolusPhase::kNone) {
    // A bolus of the old program goes on unless the new base leaves it no room, or is a bridge.
    const bool fits = bolus_fits(bolus_granted_, bolus_duration_ / kSecond, fastest_base(wanted));
    if (!fits || wanted.bridge_volume_nl != 0) cancel_bolus(now);
  }
  if (wanted.mode != program().mode || wanted.periodic_interval_s != program().periodic_interval_s) {
    store_.state.periodic_anchor = pump_time(now);
  }
  cancel_timed(now);
  const bool other_drug = wanted.drug != program().drug;
  store_.program.program = wanted;
  store_.program_copy = wanted;
  // Also after a program was lost, with its number: the phases of the old one are not the new one's.
  if (store_.program.revision < store_.state.phase_revision) store_.program.revision = store_.state.phase_revision;
  ++store_.program.revision;
  store_.state.rewrite = false;
  store_.mark_program();
  volume_.load(now, store_.program_copy);
  resume_phase(now);
  note(now, LogCode::kProgramWritten, store_.program.revision, mean_base(wanted));
  if (other_drug) note(now, LogCode::kDrugChanged, wanted.drug, wanted.concentration_ng_per_ml);
  if (store_.state.halted_since == 0 && !driving_) store_.state.halted_since = pump_time(now);
  apply_program(now);
  if (mutation_.is(Mutant::kUpdateStops)) store_.state.run = false;
  if (mutation_.is(Mutant::kUpdateStops)) update_drive(now);
  if (mutation_.is(Mutant::kUpdatePauses) && store_.state.run) {
    store_.state.run = false;
    update_drive(now);
    late_stop_ = now + kUpdatePause;
  }
  save_state();
  return StatusCode::kOk;
}

StatusCode Pump::start(Tick now) {
  if (starting()) return StatusCode::kSelfTest;  // no motion is promised before the test has passed (REQ-701)
  if (self_test_.failed() != 0 && !mutation_.is(Mutant::kSelfTestSkipped)) return StatusCode::kCriticalAlarm;
  guard_memory(now);
  if (program_revision() == 0) return StatusCode::kNoProgram;
  if (ledger_.empty()) return StatusCode::kReservoirEmpty;
  if (alarms_.any_latched()) return StatusCode::kCriticalAlarm;
  if (store_.state.rewrite) return StatusCode::kMemoryFault;
  if (program().mode == protocol::BasalMode::kDaySchedule && !calendar_set(now)) return StatusCode::kClockNotSet;
  late_stop_ = kNever;
  if (store_.state.run) return StatusCode::kOk;
  store_.state.run = true;
  note(now, LogCode::kTherapyStarted, mean_base(program()));
  save_state();
  if (stalled_) drive_timer_ = now;  // tried at once
  update_drive(now);
  return StatusCode::kOk;
}

StatusCode Pump::stop(Tick now, Role role) {
  changed_ = true;
  if (!store_.ready()) {
    stop_at_load_ = true;
    return StatusCode::kOk;
  }
  if (store_.state.run) note(now, LogCode::kTherapyStopped, static_cast<std::int32_t>(role));
  if (mutation_.is(Mutant::kStopLate) && driving_) {
    late_stop_ = now + kLateStop;
    return StatusCode::kOk;
  }
  store_.state.run = false;
  watch_calendar(now);
  if (phase() == TherapyPhase::kPriming) end_phase(now);
  if (probe_ != Probe::kNone) end_probe(now);
  if (stalled_) drive_timer_ = kNever;
  save_state();
  update_drive(now);
  volume_.run(now, false);  // also of a pump that pauses
  paused_at_ = kNever;
  return StatusCode::kOk;
}

StatusCode Pump::enter_reservoir(Tick now, std::uint32_t volume_nl, bool refill, std::uint32_t residual_nl) {
  if (!store_.ready()) return StatusCode::kSelfTest;
  if (volume_nl > build_.capacity_nl && !mutation_.is(Mutant::kCapacityUnchecked)) return StatusCode::kVolumeAboveCapacity;
  note(now, refill ? LogCode::kReservoirEntered : LogCode::kReservoirCorrected, volume_nl, ledger_.left_nl());
  if (residual_nl != kNotMeasured && judge_residual(residual_nl) != protocol::Residual::kFits) {
    note(now, LogCode::kResidual, residual_nl, ledger_.left_nl());
  }
  evidence_.clear();
  end_under_infusion(now);
  look_due_ = now;  // the sensor against what was entered, at once
  ledger_.enter(volume_nl, refill);
  if (refill) store_.state.boluses_granted = store_.state.boluses_refused = 0;
  if (!ledger_.empty()) drop(now, AlarmId::kReservoirEmpty);
  watch_reservoir(now);
  save_state();
  update_drive(now);
  return StatusCode::kOk;
}

StatusCode Pump::clear_alarm(Tick now, AlarmId id, Role role) {
  if (!store_.ready()) return StatusCode::kSelfTest;
  if (!alarms_.active(id)) return StatusCode::kOk;
  changed_ = true;
  if (id == AlarmId::kMotorStall && stalled_ && store_.state.run && probe_ == Probe::kNone) drive_timer_ = now;  // tried at once
  if (id == AlarmId::kReservoirEmpty && ledger_.empty()) return StatusCode::kAlarmCauseStands;
  if (id == AlarmId::kBatteryEnd) return StatusCode::kAlarmCauseStands;
  if (id == AlarmId::kMemory && code_damaged_) return StatusCode::kAlarmCauseStands;
  if (id == AlarmId::kSelfTest && (self_test_.running() || self_test_.failed() != 0 || clocks_apart_)) return StatusCode::kAlarmCauseStands;
  if (!is_notice(id) && !is_latched(id)) return StatusCode::kAlarmCauseStands;
  if (id == AlarmId::kOverInfusion) {
    evidence_.clear();
    rotor_.forgive();
  }
  if (id == AlarmId::kOverVolume) {
    volume_.forgive();
    store_.state.excess_steps = 0;
  }
  drop(now, id, static_cast<std::int32_t>(role));
  update_drive(now);
  return StatusCode::kOk;
}

StatusCode Pump::silence(Tick now, std::uint32_t seconds, Role role) {
  if (!store_.ready()) return StatusCode::kSelfTest;
  const unsigned longest = role == Role::kPatient ? protocol::kLongestPatientSilenceS : protocol::kLongestClinicianSilenceS;
  if (seconds > longest && !mutation_.is(Mutant::kSilenceUnlimited)) return StatusCode::kSilenceTooLong;
  if (mutation_.is(Mutant::kSilenceDeaf)) deaf_until_ = now + seconds * kSecond;
  sounder_.silence(now, seconds * kSecond);
  note(now, LogCode::kAlarmSilenced, seconds, static_cast<std::int32_t>(role));
  changed_ = true;
  return StatusCode::kOk;
}

StatusCode Pump::request_bolus(Tick now, std::uint32_t nonce) {
  guard_memory(now);
  const PumpTime at = pump_time(now);
  BolusContext context;
  context.self_test = starting();
  context.programmed = program_revision() != 0;
  context.delivering = driving_ && late_stop_ == kNever;
  context.critical_alarm = alarms_.any_critical();
  context.bolus_running = bolus_phase_ != BolusPhase::kNone;
  context.reservoir_steps = ledger_.left_steps();
  if (phase() == TherapyPhase::kPriming) context.phase = StatusCode::kPriming;
  if (phase() == TherapyPhase::kBridging) context.phase = StatusCode::kBridging;
  context.since_midnight = second_of_day(local_time_s(now)) * kSecond;
  const BolusGate::Decision decision = gate_.decide({nonce, at}, program(), boluses(), context);
  if (decision.duplicate) return decision.answer;
  changed_ = true;
  if (decision.answer != StatusCode::kOk) {
    ++store_.state.boluses_refused;
    const Tick lockout = lockout_left(now);
    note(now, LogCode::kBolusRefused, static_cast<std::int32_t>(decision.answer), static_cast<std::int64_t>(lockout / kSecond));
    save_state();
    return decision.answer;
  }
  std::uint32_t steps = steps_from_nl(program().bolus_dose_nl);
  if (mutation_.is(Mutant::kBolusDoseHigh) || mutation_.is(Mutant::kBolusDoseUnlimited)) steps = steps * 115 / 100;
  Tick duration = program().bolus_duration_s * kSecond;
  if (mutation_.is(Mutant::kBolusFast)) duration /= 2;
  grant_bolus(now, nonce, steps, duration);
  volume_.grant(now, steps);
  ++store_.state.boluses_granted;
  note(now, LogCode::kBolusGranted, static_cast<std::int64_t>(nl_from_steps(bolus_granted_)), program().bolus_duration_s);
  save_state();
  return StatusCode::kOk;
}

Tick Pump::next_bolus_left(Tick now) const {
  if (program_revision() == 0) return kNever;
  const PumpTime next = gate_.next_allowed(pump_time(now), program(), boluses());
  return next == kNever ? kNever : next - pump_time(now);
}

StatusCode Pump::establish(Tick now, const protocol::DeviceState& wanted, bool erase_program) {
  if (!store_.ready()) return StatusCode::kSelfTest;
  if (wanted.boluses.count > BolusHistory::kCapacity) return StatusCode::kTooManyBoluses;
  const PumpTime at = pump_time(now);
  if (wanted.battery_used_permille > 1000) return StatusCode::kStateOutOfRange;
  if (wanted.reservoir_nl > build_.capacity_nl) return StatusCode::kStateOutOfRange;
  constexpr std::int64_t kFarthest = std::int64_t{400} * 366 * kSecondsPerDay;
  if (wanted.calendar_offset_s < -kFarthest || wanted.calendar_offset_s > kFarthest) return StatusCode::kStateOutOfRange;
  for (const protocol::BolusRecord& past : wanted.boluses.view()) {
    const bool bad = past.volume_nl > kMaxBolusNl || past.duration_s > kMaxBolusDurationS;
    if (bad) return StatusCode::kStateOutOfRange;
  }
  stop(now, Role::kService);
  store_.boluses = {};
  for (std::uint8_t i = wanted.boluses.count; i > 0; --i) {
    const protocol::BolusRecord& past = wanted.boluses.items[i - 1];
    const Tick age = past.age_s * kSecond;
    const PumpTime begun = at > age ? at - age : 0;
    store_.boluses.history.add({begun, begun + past.duration_s * kSecond, steps_from_nl(past.volume_nl)});
  }
  gate_ = BolusGate(mutation_);
  ledger_.restore(2 * std::uint64_t{wanted.reservoir_nl} / kHalfNanolitresPerStep, 0, wanted.steps_total);
  store_.state.boluses_granted = wanted.boluses_granted;
  store_.state.boluses_refused = wanted.boluses_refused;
  store_.state.calendar_offset_s = wanted.calendar_offset_s;
  store_.state.halted_since = at;
  store_.state.phase = static_cast<std::uint8_t>(TherapyPhase::kBase);
  store_.state.phase_left = 0;
  store_.state.tube_concentration_ng_per_ml = program().concentration_ng_per_ml;
  store_.state.periodic_anchor = at;
  store_.state.cell_used_uc = wanted.battery_used_permille * (cell::kCapacityUc / 1000);
  store_.state.cell_at = at;
  store_.state.cell_steps = wanted.steps_total;
  store_.state.replace_since = 0;
  store_.state.use_256ths = 0;
  sags_ = 0;
  store_.state.last_reset = store_.state.last_reset_but_one = store_.state.reset_before_last = 0;
  low_voltages_ = 0;
  end_under_infusion(now);
  store_.state.excess_steps = 0;
  evidence_.clear();
  rotor_.forgive();
  volume_.forgive();
  stalled_ = false;
  drive_timer_ = kNever;
  if (erase_program) {
    store_.program.program = {};
    store_.program.revision = 0;
    store_.program_copy = {};
    store_.state.phase_revision = 0;
    store_.state.rewrite = false;
    store_.state.tube_concentration_ng_per_ml = 0;
    store_.mark_program();
    volume_.load(now, store_.program_copy);
  }
  remember_boluses();
  for (std::uint8_t i = 0; i < AlarmList::kSize; ++i) drop(now, static_cast<AlarmId>(i), static_cast<std::int32_t>(Role::kService));
  apply_program(now);
  store_.mark_boluses();
  note(now, LogCode::kStateEstablished, wanted.boluses.count);
  save_state();
  return StatusCode::kOk;
}

void Pump::request_reset(Tick now, Role role) {
  note(now, LogCode::kResetRequested, static_cast<std::int32_t>(role));
  changed_ = true;
}

void Pump::image_activated(Tick now, std::uint32_t version, Role role) {
  note(now, LogCode::kImageActivated, version);
  store_.state.image_floor = version;
  save_state();
  request_reset(now, role);
}

void Pump::keep_security(const security::SecurityState& state) {
  store_.security = state;
  store_.mark_security();
}

}  // namespace pumpfw
