#include "firmware/pump/pump.h"

namespace pumpfw {
namespace {

constexpr Tick kLongStop = 48 * kHour;  // REQ-706
// 32 steps at 0.5 mL/day are not quite so long, so that therapy's own records mostly do.
constexpr Tick kTimeSavePeriod = 70 * kSecond;
// A period, the longest sleep, the watchdog's bite, and what a reset itself takes.
constexpr Tick kTimeUnseen = 2 * kMinute;
constexpr Tick kLongPause = kHour;  // no dip of the supply
constexpr std::uint8_t kStoreAttempts = 3;

template <typename T>
constexpr T least(T a, T b) {
  return b < a ? b : a;
}

}  // namespace

Pump::Pump(hal::Hal& hal, const Config& config)
    : hal_(hal),
      build_(config.build),
      mutation_(config.mutant),
      volume_(Mutation(config.mutant)),
      driver_(hal),
      store_(hal, Mutation(config.mutant)),
      gate_(Mutation(config.mutant)),
      self_test_(hal, config.build.capacity_nl),
      link_(hal, *this, build_) {}

Tick Pump::wake(Tick now, const hal::Events& events) {
  rotor_count_ = events.rotor_count;
  // A wake for nothing but a reading of the outlet is not worth a look at everything else.
  const bool outlet_alone = events.flags == 0 && !changed_ && now >= outlet_due_ && now < timers_due_;
  if (now >= outlet_due_ && (events.flags & hal::kEventStep) == 0) read_outlet(now);
  if ((events.flags & hal::kEventStep) != 0) on_step(now, events);
  // Only what belongs to a step, and a reading of the outlet, is on the short path.
  if (events.flags == hal::kEventOutlet) {
    take_outlet(now, events.outlet_counts);
    changed_ = changed_ || link_.waits();
  } else if (!outlet_alone && events.flags != hal::kEventStep && events.flags != (hal::kEventStep | hal::kEventOutlet)) {
    on_rare(now, events);
  }
  if (now >= hard_due_ || changed_) run_timers(now);
  if (now >= soft_due_) run_soft(now);
  if (store_.wants_write(log_)) run_store(now);
  if (changed_) {
    link_.run(now);
    refresh_deadlines();
  }
  return least(hard_due_, least(watch_due(now), now + hal::kLongestSleep));
}

void Pump::on_rare(Tick now, const hal::Events& events) {
  changed_ = true;
  if ((events.flags & hal::kEventBoot) != 0) boot(now, events);
  if ((events.flags & (hal::kEventOutlet | hal::kEventStep)) == hal::kEventOutlet) take_outlet(now, events.outlet_counts);
  if ((events.flags & hal::kEventSense) != 0) take_sense(now, events.sense_channel, events.sense_counts);
  if ((events.flags & hal::kEventMotorRx) != 0) driver_.receive(now, events.motor_rx);
  if ((events.flags & hal::kEventNvmWritten) != 0) {
    if (self_test_.holds_memory()) {
      self_test_.memory_written(now);
    } else {
      store_failures_ = 0;
      store_.written(log_);
      run_store(now);
    }
  }
  if ((events.flags & hal::kEventNvmRead) != 0) {
    if (self_test_.holds_memory()) {
      self_test_.memory_read(now, events.nvm_data);
    } else if (store_.ready()) {
      link_.receive_log(now, events.nvm_data);
    } else if (store_.loaded(now, events.nvm_data, log_)) {
      take_records(now);
    }
  }
  if ((events.flags & hal::kEventImageWritten) != 0) link_.image_written();
  if ((events.flags & hal::kEventMagnet) != 0 && events.magnet) link_.open_receiver(now);
  if ((events.flags & hal::kEventTelemetryRx) != 0) link_.receive(now, events.telemetry_rx, events.wired);
  const bool reverse = driving_ && rotor_.between_steps(rotor_count_) == RotorWatch::Finding::kReverse;
  if (reverse && !mutation_.is(Mutant::kReverseIgnored)) halt(now, AlarmId::kReverseRotation);
  follow_driver(now);
}

void Pump::boot(Tick now, const hal::Events& events) {
  reset_cause_ = events.reset_cause;
  disarm_step();
  hal_.enable_motor(false);
  hal_.set_buzzer(hal::Tone::kOff);
  hal_.enable_receiver(true);
  store_.begin_load(now);
  driver_.set_up(now);
  clock_guard_.begin(now, hal_.rtc());
  clock_due_ = now + kClockGuardPeriod;
  begin_self_test(now, reset_cause_ == hal::ResetCause::kPowerOn);
}

// What the real-time clock says is believed as far as the time that nobody saw it can be: since the state was last saved, which is at least
// every kTimeSavePeriod, until the reset. A pump that was without supply may have been so for long.
void Pump::restore_time(Tick now) {
  SavedState& state = store_.state;
  const std::uint64_t rtc = hal_.rtc();
  const bool known = store_.state_found() == Store::Found::kGood || store_.state_found() == Store::Found::kRepaired;
  if (!known) state.time_offset = kTimeOrigin;
  PumpTime time = rtc + state.time_offset;
  const bool back = known && time < state.saved_at;
  const Tick gap = time - state.saved_at;
  // Where one copy of the state is bad, the other may be the one before it.
  const Tick older = store_.state_found() == Store::Found::kRepaired ? kTimeSavePeriod : 0;
  const bool unseen = known && !back && gap > now + kTimeUnseen + older && !mutation_.is(Mutant::kClockJumpTaken);
  off_for_long_ = known && !back && gap > now + kLongPause;
  if (back || (unseen && reset_cause_ != hal::ResetCause::kPowerOn)) {
    // Time goes on from the last instant that is known.
    time = state.saved_at + now;
    state.time_offset = time - rtc;
    state.calendar_offset_s = 0;  // the calendar went with it
  }
  const bool unknown = back || unseen || store_.state_found() == Store::Found::kLost;
  if (unknown) {
    store_.boluses.history.restart_at(time, state.saved_at);
    store_.mark_boluses();
  }
  time_base_ = time - now;
  if (unknown) note(now, LogCode::kClockUncertain);
}

void Pump::take_records(Tick now) {
  resets_stood_ = (store_.state.kept_alarms & AlarmList::bit(AlarmId::kResets)) != 0;
  restore_time(now);
  SavedState& state = store_.state;
  const auto lost = [&](Store::Found found, RecordKind kind) {
    if (found == Store::Found::kRepaired) note(now, LogCode::kMemoryRepaired, static_cast<std::int32_t>(kind));
    return found == Store::Found::kLost;
  };
  const bool unrepaired = mutation_.is(Mutant::kMemoryUnrepaired) && store_.program_found() == Store::Found::kRepaired;
  const bool program_lost = !unrepaired && lost(store_.program_found(), RecordKind::kProgram) && !mutation_.is(Mutant::kMemoryLossUnsaid);
  const bool state_lost = lost(store_.state_found(), RecordKind::kState);
  if (store_.program_found() == Store::Found::kRepaired && !unrepaired) store_.mark_program_repair();
  if (lost(store_.boluses_found(), RecordKind::kBoluses)) {
    // Nobody knows what was given: as if the daily count had been used up just now.
    const PumpTime at = pump_time(now);
    for (std::uint8_t i = 0; i < kMaxBolusesPerDay; ++i) store_.boluses.history.add({at, at, steps_from_nl(program().bolus_dose_nl)});
    store_.mark_boluses();
    note(now, LogCode::kClockUncertain);
  } else if (!boluses().empty() || store_.boluses_found() == Store::Found::kRepaired) {
    store_.mark_boluses();  // a cut between the two writes left the last grant in one slot alone
  }
  if (store_.security_found() == Store::Found::kLost) {
    // Therapy goes on; the link stays shut rather than open to everybody.
    store_.security = {};
    store_.security.keys = security::KeyState::kLost;
    note(now, LogCode::kKeysLost);
  } else {
    lost(store_.security_found(), RecordKind::kSecurity);  // tells of a repair
    const bool unmarked = store_.security.keys == security::KeyState::kPresent && !store_.program.keyed && !program_lost;
    if (unmarked || store_.security_found() == Store::Found::kRepaired) store_.mark_security();
  }
  link_.restore_security(now, store_.security);
  ledger_.restore(state.reservoir_steps, state.steps_since_refill, state.steps_in_life);
  const std::uint32_t runs = protocol::image_version(build_.version_major, build_.version_minor, build_.version_patch);
  if (runs > state.image_floor) state.image_floor = runs;
  ++state.resets;
  note(now, LogCode::kBoot, static_cast<std::int32_t>(reset_cause_), state.resets);
  count_reset(now);
  if (state.replace_since != 0) raise(now, AlarmId::kBatteryReplace);
  under_from_before_ = state.under_since != 0 && !mutation_.is(Mutant::kStopForgottenAtReset);
  if (under_from_before_) {
    raise(now, AlarmId::kUnderInfusion);
  } else {
    state.under_since = 0;
  }
  // A reset ends a bolus, also one of which no record says that it ran. The history keeps the whole grant: how much of it went out is not
  // known.
  const std::uint32_t granted = boluses().empty() ? 0 : boluses().newest().steps;
  if (!boluses().empty() && boluses().newest().end > pump_time(now)) {
    store_.boluses.history.close_last(pump_time(now), granted);
    store_.mark_boluses();
  }
  if (state.bolus_running) {
    store_.mark_boluses();
    note(now, LogCode::kBolusCancelled, granted > state.bolus_left ? granted - state.bolus_left : 0, state.bolus_left);
  }
  if (stop_at_load_) state.run = false;
  for (std::uint8_t i = 0; i < AlarmList::kSize; ++i) {
    const auto id = static_cast<AlarmId>(i);
    if ((is_latched(id) || id == AlarmId::kResets) && (state.kept_alarms & AlarmList::bit(id)) != 0) raise(now, id);
  }
  // What has failed is tested again in full before it counts as mended.
  const bool in_doubt = alarms_.active(AlarmId::kSelfTest) || alarms_.active(AlarmId::kMemory);
  if (in_doubt && !self_test_.running()) begin_self_test(now, true);
  follow_self_test(now);
  if (program_lost) halt(now, AlarmId::kMemory, static_cast<std::int32_t>(RecordKind::kProgram));
  if (state_lost) halt(now, AlarmId::kMemory, static_cast<std::int32_t>(RecordKind::kState));
  if (state_lost && program_revision() != 0 && !mutation_.is(Mutant::kBridgeAgain)) {
    // Whether a bridge of it is over, and what stands in the path, nobody knows.
    state.rewrite = true;
    state.phase_revision = program_revision();
  }
  volume_.load(now, store_.program_copy);
  if (!mutation_.is(Mutant::kExcessForgotten)) volume_.set_excess(state.excess_steps);
  remember_boluses();
  resume_phase(now);
  apply_program(now);
  save_state();
  update_drive(now);
}

// What the limiter goes by for lockout and count, of the boluses from before it began to watch.
void Pump::remember_boluses() {
  volume_.forget_boluses();
  for (std::uint8_t age = boluses().size(); age > 0; --age) {
    volume_.remember_bolus(static_cast<std::int64_t>(boluses().at(static_cast<std::uint8_t>(age - 1)).start - time_base_));
  }
}

void Pump::follow_driver(Tick now) {
  const MotorDriver::State state = driver_.state();
  if (state == driver_seen_) return;
  driver_seen_ = state;
  if (state == MotorDriver::State::kReady) drop(now, AlarmId::kMotorDriver);
  if (state == MotorDriver::State::kFailed) raise(now, AlarmId::kMotorDriver, static_cast<std::int32_t>(driver_.cause()));
  follow_self_test(now);
  update_drive(now);
}

void Pump::run_timers(Tick now) {
  changed_ = true;
  if (now >= driver_.due()) {
    driver_.run(now);
    follow_driver(now);
  }
  if (now >= self_test_.due()) {
    self_test_.run(now, store_.idle() && !link_.reading_log());
    follow_self_test(now);
  }
  if (now >= drive_timer_) {
    drive_timer_ = kNever;
    if (probe_ == Probe::kLooking) {
      end_probe(now);
    } else if (stalled_) {
      begin_probe(now);
    }
  }
  if (now >= rate_edge_) run_rate_edge(now);
  if (now >= timed_due_) begin_timed(now);
  if (now >= late_stop_) {
    late_stop_ = kNever;
    store_.state.run = mutation_.is(Mutant::kUpdatePauses);
    update_drive(now);
  }
  if (store_.overdue(now)) store_failed(now);
  while (sounder_.due() <= now) {
    if (sounder_.run(now)) hal_.set_buzzer(sounder_.tone());
  }
}

void Pump::run_soft(Tick now) {
  changed_ = true;
  if (now >= driver_.soft_due()) {
    driver_.run(now);
    follow_driver(now);
  }
  if (now >= guard_due_) guard_memory(now);
  if (now >= code_due_) guard_code(now);
  if (now >= clock_due_) guard_clock(now);
  if (now >= save_due_) {
    save_due_ = now + kTimeSavePeriod;
    save_progress();
  }
  if (store_.ready() && !self_test_.running() && now >= look_due_) look_around(now);
  const PumpTime since = store_.state.halted_since;
  if (store_.ready() && since != 0 && program_revision() != 0 && pump_time(now) - since >= kLongStop) {
    if (!mutation_.is(Mutant::kLongStopForgotten)) raise(now, AlarmId::kStoppedLong);
  }
}

void Pump::run_store(Tick now) {
  if (bolus_phase_ == BolusPhase::kRecording && store_.settled()) begin_bolus(now);
  if (!store_.wants_write(log_) || self_test_.holds_memory()) return;
  fill_state(now);
  if (store_.state_is_next()) save_due_ = now + kTimeSavePeriod;
  store_.write_next(now, log_);
  changed_ = true;
}

void Pump::store_failed(Tick now) {
  const bool last = ++store_failures_ >= kStoreAttempts;
  if (!store_.ready()) {
    if (!last) return store_.begin_load(now);
    store_failures_ = 0;
    raise(now, AlarmId::kMemory);
    return store_.begin_load(now);
  }
  store_.give_up_write();
  if (last) {
    store_failures_ = 0;
    halt(now, AlarmId::kMemory);
  }
}

void Pump::refresh_deadlines() {
  changed_ = false;
  timers_due_ = least(least(driver_.due(), sounder_.due()), least(least(store_.due(), link_.due()), least(drive_timer_, late_stop_)));
  timers_due_ = least(timers_due_, least(self_test_.due(), least(rate_edge_, timed_due_)));
  hard_due_ = least(timers_due_, outlet_due_);
  soft_due_ = least(least(least(driver_.soft_due(), code_due_), save_due_), least(least(guard_due_, clock_due_), look_due_));
  if (store_.state.halted_since != 0 && !alarms_.active(AlarmId::kStoppedLong)) {
    const PumpTime long_stop = store_.state.halted_since + kLongStop;
    soft_due_ = least(soft_due_, long_stop > time_base_ ? long_stop - time_base_ : 0);
  }
}

TherapyState Pump::therapy_state() const {
  if (starting()) return TherapyState::kSelfTest;
  if (alarms_.any_latched()) return TherapyState::kHalted;
  if (driving_ && bolus_phase_ != BolusPhase::kNone) return TherapyState::kBolus;
  if (driving_ && phase() == TherapyPhase::kPriming) return TherapyState::kPriming;
  if (driving_ && phase() == TherapyPhase::kBridging) return TherapyState::kBridging;
  if (driving_ && schedule_.timed_left() != 0) return TherapyState::kPeriodicBolus;
  if (driving_) return program().mode == protocol::BasalMode::kMinimumRate ? TherapyState::kMinimumRate : TherapyState::kRunning;
  if (program_revision() == 0) return TherapyState::kNotProgrammed;
  return store_.state.run ? TherapyState::kStallPause : TherapyState::kStopped;
}

}  // namespace pumpfw
