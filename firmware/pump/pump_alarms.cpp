// Alarms, log and the saved state: what every concern uses.
#include "firmware/pump/pump.h"

namespace pumpfw {
namespace {
constexpr std::uint32_t kStepsPerSave = 32;  // a cut record costs twice this, and that is under 1 µL
constexpr Tick kOfReset = 2 * kMinute;       // what is noted so soon after a reset comes with it

// What a reset may make the pump note by itself; its bit, and none for all else.
constexpr std::uint32_t bit_in_loop(LogCode code) {
  switch (code) {
    case LogCode::kKeysLost:
      return 1;
    case LogCode::kBoot:
    case LogCode::kSelfTestPassed:
    case LogCode::kSelfTestFailed:
    case LogCode::kStallRetry:
    case LogCode::kStallRecovered:
    case LogCode::kBacklogDiscarded:
    case LogCode::kMemoryRepaired:
    case LogCode::kClockUncertain:
    case LogCode::kBatteryLow:
    case LogCode::kPeriodicBolusGiven:
      return 1U << static_cast<unsigned>(code);
    default:
      return 0;
  }
}
}  // namespace

void Pump::raise(Tick now, AlarmId id, std::int32_t figure) {
  if (!alarms_.raise(id, pump_time(now))) return;
  note(now, LogCode::kAlarmRaised, static_cast<std::int32_t>(id), figure);
  sounder_.announce(now, is_critical(id) && now >= deaf_until_);
  if (is_critical(id)) {
    if (!mutation_.is(Mutant::kBolusGoesOn)) cancel_bolus(now);
    cancel_timed(now);
  }
  save_state();
  changed_ = true;
}

void Pump::drop(Tick now, AlarmId id, std::int32_t by) {
  if (!alarms_.clear(id)) return;
  if (id == AlarmId::kResets) resets_stood_ = false;
  note(now, LogCode::kAlarmCleared, static_cast<std::int32_t>(id), by);
  sounder_.set_standing(now, alarms_.any_critical(), alarms_.any_noncritical());
  save_state();
  changed_ = true;
}

void Pump::note(Tick now, LogCode code, std::int64_t argument_1, std::int64_t argument_2) {
  if (noted_in_this_loop(now, code, argument_1)) return;
  log_.append(rtc_ticks(now), code, static_cast<std::int32_t>(argument_1), static_cast<std::int32_t>(argument_2));
}

// REQ-801: once three resets in a day have raised their alarm, those that follow must not push out of the log what came before. Each kind
// of entry that comes with them is noted once an hour; the number in that of a reset tells how many were not.
bool Pump::noted_in_this_loop(Tick now, LogCode code, std::int64_t subject) {
  if (!resets_stood_ || now >= kOfReset) return false;
  SavedState& state = store_.state;
  if (pump_time(now) - state.noted_since >= kHour) {
    state.noted_since = pump_time(now);
    state.noted = state.noted_raised = state.noted_cleared = 0;
  }
  const bool raised = code == LogCode::kAlarmRaised;
  const bool of_alarm = raised || code == LogCode::kAlarmCleared;
  std::uint32_t& mask = raised ? state.noted_raised : of_alarm ? state.noted_cleared : state.noted;
  const std::uint32_t bit = of_alarm ? 1U << static_cast<unsigned>(subject) : bit_in_loop(code);
  if ((mask & bit) != 0) return true;
  mask |= bit;
  if (bit != 0) store_.mark_state();
  return false;
}

void Pump::apply_program(Tick now) {
  program_crc_ = protocol::checksum(program());
  guard_due_ = now + kMemoryGuardPeriod;
  occlusion_.set_trip(program().occlusion_trip_pa);
  sounder_.set_repeats(program().critical_repeat_min, program().noncritical_repeat_min);
  if (mutation_.is(Mutant::kAlarmOnce)) sounder_.set_repeats(0xFFFF, 0xFFFF);
  watch_reservoir(now);
  follow_calendar(now);
  watch_calendar(now);
  follow_rate(now);
  plan_timed(now);
}

bool Pump::senses_fresh(Tick now) const {
  return outlet_at_ != kNever && battery_at_ != kNever && now - outlet_at_ <= kSecond && now - battery_at_ <= kSecond;
}

void Pump::read_senses() {
  hal_.start_adc(hal::AdcChannel::kOutletPressure);
  hal_.start_adc(hal::AdcChannel::kBattery);
}

void Pump::save_state() {
  steps_to_save_ = kStepsPerSave;
  store_.mark_state();
}

void Pump::save_progress() {
  steps_to_save_ = kStepsPerSave;
  store_.mark_progress();
}

void Pump::fill_state(Tick now) {
  SavedState& state = store_.state;
  state.kept_alarms = mutation_.is(Mutant::kResetsAlarmForgotten) ? alarms_.latched_mask() : alarms_.kept_mask();
  state.bolus_running = bolus_phase_ != BolusPhase::kNone;
  state.bolus_left = bolus_left();
  state.reservoir_steps = ledger_.left_steps();
  state.steps_since_refill = ledger_.steps_since_refill();
  state.steps_in_life = ledger_.steps_in_life();
  state.saved_at = pump_time(now);
  // However far the two clocks have come apart meanwhile: a reset finds the time by what the real-time clock has gone since.
  state.time_offset = state.saved_at - hal_.rtc();
  const std::uint32_t excess = volume_.excess_steps() + kExcessReserve;
  if (excess < state.excess_steps) state.excess_steps = excess;
  state.log_next = log_.stored();
  state.log_crc = log_.stored_crc();
}

}  // namespace pumpfw
