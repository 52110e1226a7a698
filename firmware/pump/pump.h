// The pump's logic: ties therapy, bolus, reservoir, motor, alarms, log and storage together behind one call, wake().
//
// One turn: the board calls wake(now, events); everything that follows from the events is done at once; the answer is the instant at which
// the logic next needs to run, at most 10 s away. No call of the board's interface waits.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/hal/board_facts.h"
#include "firmware/hal/hal.h"
#include "firmware/pump/alarm/alarm_list.h"
#include "firmware/pump/alarm/sounder.h"
#include "firmware/pump/base/units.h"
#include "firmware/pump/bolus/bolus_gate.h"
#include "firmware/pump/log/event_log.h"
#include "firmware/pump/motor/motor_driver.h"
#include "firmware/pump/motor/rotor_watch.h"
#include "firmware/pump/motor/speed_limiter.h"
#include "firmware/pump/motor/volume_limiter.h"
#include "firmware/pump/mutant.h"
#include "firmware/pump/power/battery_gauge.h"
#include "firmware/pump/pressure/occlusion_watch.h"
#include "firmware/pump/reservoir/evidence.h"
#include "firmware/pump/reservoir/ledger.h"
#include "firmware/pump/selftest/clock_guard.h"
#include "firmware/pump/selftest/selftest.h"
#include "firmware/pump/storage/store.h"
#include "firmware/pump/telemetry/link_server.h"
#include "firmware/pump/therapy/day_schedule.h"
#include "firmware/pump/therapy/program.h"
#include "firmware/pump/therapy/step_schedule.h"

namespace pumpfw {

using protocol::MemoryPart;
using protocol::Role;
using protocol::TherapyState;

// REQ-702: at least once an hour. The code is looked at in slices that go along with wakes, of which there is one every 10 s at least.
inline constexpr Tick kMemoryGuardPeriod = kHour / 2;
inline constexpr Tick kClockGuardPeriod = kMinute;
inline constexpr Tick kCodeGuardPeriod = 7 * kSecond;
inline constexpr std::size_t kCodeGuardSlices = 256;
static_assert(kCodeGuardSlices * hal::kLongestSleep < kHour);

// REQ-705 over any number of resets: after one the volume limiter's account begins at a bound that stands in the memory. Sound therapy
// stays below it, so that resets do not make it grow; whatever delivers too much has a new one written each time that it passes it.
inline constexpr std::uint32_t kExcessReserve = 4;

// What a build and a board say of themselves.
struct BuildInfo {
  protocol::Text<16> model = "PR-20";
  protocol::Text<16> board_serial = "0";
  std::uint32_t capacity_nl = 20'000'000;
  std::uint8_t version_major = 0;
  std::uint8_t version_minor = 1;
  std::uint16_t version_patch = 0;
  std::array<std::uint8_t, 32> image_hash{};
  bool test_image = false;                // the service link may establish a state
  security::EcdsaPublicKey update_key{};  // whose signature an image must have; zeros: none is taken
};

// Local seconds at which the reservoir is low and empty when every bolus that is allowed is taken; 0: nothing is given.
struct ReservoirForecast {
  std::int64_t low_at_s = 0;
  std::int64_t empty_at_s = 0;
};

class Pump {
 public:
  struct Config {
    BuildInfo build;
    Mutant mutant = Mutant::kNone;
  };

  Pump(hal::Hal& hal, const Config& config);

  Tick wake(Tick now, const hal::Events& events);

  // Commands. Each acts at once; it is kept over a reset as soon as settled() holds.
  StatusCode set_program(Tick now, const Program& wanted);
  StatusCode start(Tick now);
  StatusCode stop(Tick now, Role role);
  // `residual_nl`: what was found in the reservoir before; kNotMeasured when nobody looked.
  static constexpr std::uint32_t kNotMeasured = 0xFFFFFFFF;
  StatusCode enter_reservoir(Tick now, std::uint32_t volume_nl, bool refill, std::uint32_t residual_nl = kNotMeasured);
  StatusCode clear_alarm(Tick now, AlarmId id, Role role);
  StatusCode silence(Tick now, std::uint32_t seconds, Role role);
  StatusCode request_bolus(Tick now, std::uint32_t nonce);
  StatusCode give_bolus(Tick now, std::uint32_t nonce, std::uint32_t dose_nl, std::uint32_t duration_s);
  StatusCode end_bolus(Tick now);
  StatusCode prime(Tick now, std::uint32_t volume_nl);
  StatusCode end_prime(Tick now);
  StatusCode set_clock(Tick now, std::int64_t local_time_s, Role role);
  StatusCode test_alarm(Tick now, Role role);
  // The full test begins; it is over when starting() no longer holds.
  StatusCode self_test(Tick now);
  // For the service link of a test image: the state that a scenario starts from.
  StatusCode establish(Tick now, const protocol::DeviceState& wanted, bool erase_program);
  void request_reset(Tick now, Role role);
  // No image up to this version is taken: the one that runs, and every one that was activated before.
  std::uint32_t image_floor() const { return store_.state.image_floor; }
  void image_activated(Tick now, std::uint32_t version, Role role);
  // What the link's security must remember over a reset.
  void keep_security(const security::SecurityState& state);
  void note_security(Tick now, LogCode code, std::int64_t argument_1, std::int64_t argument_2) { note(now, code, argument_1, argument_2); }

  void note_radio(Tick now, LogCode code, std::int64_t argument_1) { note(now, code, argument_1); }
  // Bytes that went through the radio cost charge.
  void spend_air(std::size_t bytes);

  // What a command changed has reached the memory.
  bool settled() const { return store_.settled(); }

  // State, for telemetry and tests.
  TherapyState therapy_state() const;
  bool starting() const { return !store_.ready() || driver_.state() == MotorDriver::State::kSettingUp || self_test_.running(); }
  bool self_testing() const { return self_test_.running(); }
  // Bits of SelfTestPart, of the last test.
  std::uint16_t self_tested() const;
  std::uint16_t self_test_failed() const;
  const BuildInfo& build() const { return build_; }
  Mutation mutation() const { return mutation_; }
  hal::ResetCause reset_cause() const { return reset_cause_; }
  const Program& program() const { return store_.program.program; }
  TherapyPhase phase() const { return static_cast<TherapyPhase>(store_.state.phase); }
  // The base as it is given now, nL/day; 0 when nothing is.
  std::uint32_t rate_now(Tick now) const { return driving_ ? effective_rate(now) : 0; }
  // Of the patient's wall clock, seconds since 1970-01-01 00:00.
  std::int64_t local_time_s(Tick now) const;
  std::uint32_t program_revision() const { return store_.program.revision; }
  const AlarmList& alarms() const { return alarms_; }
  const VolumeLimiter& limiter() const { return volume_; }
  const ReservoirLedger& ledger() const { return ledger_; }
  const StepSchedule& schedule() const { return schedule_; }
  const EventLog& log() const { return log_; }
  const MotorDriver& driver() const { return driver_; }
  const SavedState& saved() const { return store_.state; }
  const BolusHistory& boluses() const { return store_.boluses.history; }
  bool bolus_running() const { return bolus_phase_ != BolusPhase::kNone; }
  // Time until lockout, count and ceilings allow a patient bolus; kNever: waiting alone brings none.
  Tick next_bolus_left(Tick now) const;
  Tick lockout_left(Tick now) const { return gate_.lockout_left(pump_time(now), program(), boluses()); }
  std::uint32_t bolus_given() const;
  std::uint32_t bolus_left() const;
  std::int32_t outlet_pascals() const { return outlet_pa(outlet_counts_); }
  std::uint16_t battery_mv() const { return battery_counts_; }  // a count is a millivolt
  std::uint16_t loaded_mv() const { return voltage_.mv(); }
  std::uint64_t cell_used_uc(Tick now) const;
  // When the pump must be replaced: never unknown (REQ-504).
  PumpTime replace_by(Tick now) const;
  // REQ-305: what was found in the reservoir against the ledger.
  protocol::Residual judge_residual(std::uint32_t residual_nl) const;
  std::int64_t local_second_of(PumpTime at) const;
  ReservoirForecast reservoir_forecast(Tick now) const;
  std::int16_t temperature_decic() const { return temperature_decic_; }
  std::uint16_t reservoir_counts() const { return reservoir_counts_; }
  // Outlet pressure and cell were read in the last second. If not: read_senses(), and they are a few wakes later.
  bool senses_fresh(Tick now) const;
  void read_senses();
  PumpTime pump_time(Tick now) const { return time_base_ + now; }
  // What telemetry and log call the real-time clock: ticks since the first power-on.
  std::uint64_t rtc_ticks(Tick now) const { return pump_time(now) - kTimeOrigin; }

 private:
  enum class BolusPhase : std::uint8_t { kNone, kRecording, kGiving };
  enum class Probe : std::uint8_t { kNone, kStepping, kLooking };

  // pump.cpp
  void boot(Tick now, const hal::Events& events);
  void take_records(Tick now);
  void remember_boluses();
  void restore_time(Tick now);
  void on_rare(Tick now, const hal::Events& events);
  void run_timers(Tick now);
  void run_soft(Tick now);
  void follow_driver(Tick now);
  void begin_self_test(Tick now, bool full);
  void follow_self_test(Tick now);
  void run_store(Tick now);
  void guard_memory(Tick now);
  void guard_clock(Tick now);
  void guard_ram(Tick now);
  void guard_plan(Tick now);
  void guard_code(Tick now);
  void mend_ledger(Tick now);
  void store_failed(Tick now);
  void refresh_deadlines();

  // pump_drive.cpp
  void on_step(Tick now, const hal::Events& events);
  void on_probe_step(Tick now);
  void delivery_seen(Tick now);
  void arm_next(Tick now);
  void arm_step(Tick now, Tick at);
  void disarm_step();
  Tick watch_due(Tick now) const;
  bool blocked() const;
  void update_drive(Tick now);
  void start_drive(Tick now);
  void stop_drive(Tick now);
  void halt(Tick now, AlarmId id, std::int32_t figure = 0);
  void stall(Tick now);
  void begin_probe(Tick now);
  void end_probe(Tick now);
  void stall_over(Tick now);
  void reservoir_event(Tick now);
  void watch_reservoir(Tick now);
  void watch_outlet(Tick now);
  void read_outlet(Tick now);
  void take_outlet(Tick now, std::uint16_t counts);
  void grant_bolus(Tick now, std::uint32_t nonce, std::uint32_t steps, Tick duration);
  void begin_bolus(Tick now);
  void finish_bolus(Tick now);
  void cancel_bolus(Tick now);

  // pump_therapy.cpp
  std::int64_t local_ticks(Tick now) const;
  std::uint32_t effective_rate(Tick now) const;
  void follow_rate(Tick now);
  void follow_calendar(Tick now);
  // A day schedule that runs by a calendar that nobody has set is told.
  bool calendar_set(Tick now) const;
  void watch_calendar(Tick now);
  void run_rate_edge(Tick now);
  void plan_timed(Tick now);
  void begin_timed(Tick now);
  void finish_timed(Tick now);
  void cancel_timed(Tick now);
  void begin_phase(Tick now, TherapyPhase phase, std::uint32_t steps);
  void end_phase(Tick now);
  void take_phase_step(Tick now);
  void resume_phase(Tick now);
  StatusCode judge_concentration(const Program& wanted) const;
  StatusCode judge_bridge(const Program& wanted, std::uint32_t volume_nl) const;

  // pump_power.cpp
  CellCount cell_count() const;
  std::uint64_t asked_steps_per_day(Tick now) const;
  std::uint64_t present_current_na(Tick now) const;
  std::uint64_t lasting_current_na(Tick now) const;
  void follow_use(Tick now);
  void follow_voltage(Tick now);
  void look_around(Tick now);
  void measure_battery();
  void take_sense(Tick now, hal::AdcChannel channel, std::uint16_t counts);
  void take_voltage(Tick now);
  void judge_battery(Tick now);
  void take_temperature(Tick now, std::int16_t decic);
  void take_reservoir(Tick now, std::uint16_t counts);
  void count_reset(Tick now);
  void end_under_infusion(Tick now);

  // pump_alarms.cpp
  void raise(Tick now, AlarmId id, std::int32_t figure = 0);
  void drop(Tick now, AlarmId id, std::int32_t by = 0);
  void note(Tick now, LogCode code, std::int64_t argument_1 = 0, std::int64_t argument_2 = 0);
  bool noted_in_this_loop(Tick now, LogCode code, std::int64_t subject);
  void apply_program(Tick now);
  void save_state();
  void save_progress();
  void fill_state(Tick now);

  hal::Hal& hal_;
  BuildInfo build_;
  hal::ResetCause reset_cause_ = hal::ResetCause::kPowerOn;
  std::uint8_t store_failures_ = 0;
  [[no_unique_address]] Mutation mutation_;

  StepSchedule schedule_;
  StepOrigin armed_ = StepOrigin::kNone;
  SpeedLimiter speed_;
  VolumeLimiter volume_;
  RotorWatch rotor_;
  OcclusionWatch occlusion_;
  ReservoirLedger ledger_;
  std::uint64_t reservoir_watch_ = 0;  // steps left at which reservoir_event() has something to say
  std::uint32_t steps_to_save_ = 0;
  bool driving_ = false;
  bool stalled_ = false;
  bool off_for_long_ = false;        // before this boot
  bool stop_at_load_ = false;        // a stop came before the records were in
  std::uint32_t missing_bolus_ = 0;  // of the steps without a count, those of the bolus

  BolusPhase bolus_phase_ = BolusPhase::kNone;
  std::uint32_t bolus_granted_ = 0;  // steps, of the running bolus
  std::uint32_t bolus_given_ = 0;    // steps, of the last one
  Tick bolus_duration_ = 0;

  Probe probe_ = Probe::kNone;
  std::uint8_t probe_steps_ = 0;
  std::uint8_t probe_most_ = 0;
  std::uint32_t probes_ = 0;  // since the stall
  std::int32_t probe_count_ = 0;
  Tick probe_started_ = 0;
  Tick drive_timer_ = kNever;  // next probe, or the end of a probe's look
  Tick late_stop_ = kNever;    // of a mutant, and the end of another's pause
  Tick deaf_until_ = 0;        // of a mutant
  Tick rate_edge_ = kNever;    // when the day schedule may change the rate
  Tick timed_due_ = kNever;    // when the next periodic bolus begins
  Tick paused_at_ = kNever;    // the drive stopped though therapy was meant to run

  MotorDriver driver_;
  MotorDriver::State driver_seen_ = MotorDriver::State::kOff;
  Store store_;
  EventLog log_;
  AlarmList alarms_;
  Sounder sounder_;
  BolusGate gate_;

  SelfTest self_test_;
  // What has been said of the running test: of its parts, of the motor driver's, that all is well.
  bool parts_told_ = false;
  bool driver_told_ = false;
  bool passed_told_ = false;

  LinkServer link_;

  PumpTime time_base_ = kTimeOrigin;
  std::int32_t rotor_count_ = 0;
  std::uint16_t outlet_counts_ = 0;
  Tick outlet_at_ = kNever;
  Tick outlet_due_ = kNever;  // the next reading beside those at the steps
  std::uint16_t battery_counts_ = 0;
  Tick battery_at_ = kNever;
  LoadedVoltage voltage_;
  std::uint64_t air_nc_ = 0;  // charge of the radio, less than 1 uC
  std::uint64_t air_to_save_uc_ = 0;
  bool battery_wanted_ = false;    // with the next step
  std::uint8_t low_voltages_ = 0;  // values below the end in a row
  std::int8_t sags_ = 0;           // values hours apart in a row below that of the notice; negative: not below
  Tick sag_at_ = 0;
  Tick battery_due_ = 0;
  Tick look_due_ = 0;
  std::int16_t temperature_decic_ = 370;
  std::uint16_t reservoir_counts_ = hal::kNoReservoirSensor;
  FlowEvidence evidence_;
  bool resets_stood_ = false;       // at this reset the alarm for them stood already
  bool under_from_before_ = false;  // too little flowed before a reset, and what was seen since does not say that it is over
  Tick timers_due_ = kNever;        // the earliest of what must be run in time, but for the readings of the outlet
  Tick hard_due_ = kNever;          // and with them
  Tick guard_due_ = kNever;         // when the copies of the program are looked at next
  Tick save_due_ = kNever;          // when the time must be in the memory again
  std::uint32_t program_crc_ = 0;
  CodeGuard code_guard_;
  Tick code_due_ = 0;
  bool code_damaged_ = false;
  ClockGuard clock_guard_;
  Tick clock_due_ = 0;
  bool clocks_apart_ = false;
  Tick step_due_ = kNever;  // of the armed step
  Tick soft_due_ = kNever;  // the earliest of what goes along with any wake
  bool changed_ = false;    // something besides the steps has happened in this wake
};

}  // namespace pumpfw
