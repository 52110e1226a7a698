// Every message of the protocol: its fields once, with the unit in each name. A request names its number (kType) and its Reply.
// Volumes in nL, rates in nL/day, pressures in Pa gauge at the outlet, ticks of 1/32768 s of the pump's own clock.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/protocol/codes.h"
#include "firmware/protocol/fields.h"
#include "firmware/protocol/program.h"

namespace pumpfw::protocol {

inline constexpr std::uint32_t kTicksPerSecond = 32768;
inline constexpr std::size_t kMaxBolusHistory = 24;
inline constexpr std::size_t kMaxLogEntries = 20;

// A reply that says no more than its status.
struct Empty {
  static constexpr const char* kName = "Empty";
  static constexpr void fields(auto&, auto&) {}
};

// ---- Who are you ----------------------------------------------------------------------------------------------------------------------

struct IdentifyReply {
  static constexpr const char* kName = "IdentifyReply";
  // These two stay first in every version, so that a side of another major can still say what it met.
  std::uint8_t protocol_major = kMajor;
  std::uint8_t protocol_minor = kMinor;
  std::uint32_t suites = 1;  // bit n: suite n is spoken
  ImageKind image_kind = ImageKind::kProduct;
  Text<16> model;
  Text<16> board_serial;
  std::uint32_t capacity_nl = 0;  // of the reservoir of this model
  std::uint32_t step_volume_pl = 12'500;
  std::uint32_t ticks_per_second = kTicksPerSecond;
  std::uint8_t firmware_major = 0;
  std::uint8_t firmware_minor = 0;
  std::uint16_t firmware_patch = 0;
  std::array<std::uint8_t, 32> firmware_hash{};  // SHA-256 of the image
  std::uint32_t boot_count = 0;
  ResetCause reset_cause = ResetCause::kPowerOn;
  static constexpr void fields(auto& v, auto& m) {
    v("protocol_major", m.protocol_major);
    v("protocol_minor", m.protocol_minor);
    v("suites", m.suites);
    v("image_kind", m.image_kind);
    v("model", m.model);
    v("board_serial", m.board_serial);
    v("capacity_nl", m.capacity_nl);
    v("step_volume_pl", m.step_volume_pl);
    v("ticks_per_second", m.ticks_per_second);
    v("firmware_major", m.firmware_major);
    v("firmware_minor", m.firmware_minor);
    v("firmware_patch", m.firmware_patch);
    v("firmware_hash", m.firmware_hash);
    v("boot_count", m.boot_count);
    v("reset_cause", m.reset_cause);
  }
};
struct Identify {
  static constexpr const char* kName = "Identify";
  static constexpr MessageType kType = MessageType::kIdentify;
  using Reply = IdentifyReply;
  static constexpr void fields(auto&, auto&) {}
};

// Of `next_bolus_in_s`: waiting alone brings none; and what a reader holds for a pump that is older than the field.
inline constexpr std::uint32_t kNoBolusByWaiting = 0xFFFFFFFF;
inline constexpr std::uint32_t kNextBolusUnsaid = 0xFFFFFFFE;

// ---- How are you ----------------------------------------------------------------------------------------------------------------------

struct StatusReply {
  static constexpr const char* kName = "StatusReply";
  TherapyState therapy_state = TherapyState::kNotProgrammed;
  std::uint32_t basal_rate_nl_per_day = 0;  // as programmed
  std::uint64_t steps_total = 0;            // since the first power-on
  std::uint32_t bolus_steps_delivered = 0;  // of the running or the last bolus
  std::uint32_t bolus_steps_remaining = 0;
  std::uint32_t reservoir_nl = 0;         // by the pump's ledger
  std::uint32_t alarm_bits = 0;           // bit(Alarm)
  std::uint32_t lockout_remaining_s = 0;  // rounded up
  std::uint8_t boluses_last_24h = 0;
  std::uint8_t doses_left_24h = 0;
  std::uint64_t monotonic_ticks = 0;    // since the reset
  std::uint64_t rtc_ticks = 0;          // since the first power-on; survives a reset
  std::int32_t outlet_pressure_pa = 0;  // gauge
  std::uint16_t battery_mv = 0;
  MotorDriverState motor_driver = MotorDriverState::kUnknown;
  std::uint32_t log_newest_seq = 0;                // 0: the log is empty
  std::uint32_t program_revision = 0;              // counts accepted programs
  std::uint32_t rate_now_nl_per_day = 0;           // base as it is given at this moment; 0 when nothing is
  std::uint32_t phase_remaining_nl = 0;            // of a priming or bridge bolus
  std::uint32_t tube_concentration_ng_per_ml = 0;  // of what leaves the catheter
  std::int64_t local_time_s = 0;                   // of the pump's calendar
  std::uint16_t battery_loaded_mv = 0;             // mean of ten readings while the motor draws its current; 0: none yet
  std::uint16_t battery_used_permille = 0;         // of the cell's charge, counted
  std::int64_t replace_by_s = 0;                   // local time by which the pump must be replaced
  std::int64_t reservoir_low_at_s = 0;             // local time, if every bolus that is allowed is taken; 0: nothing is given
  std::int64_t reservoir_empty_at_s = 0;
  std::int16_t temperature_decic = 0;                // of the pump, 0.1 degC
  std::uint32_t reservoir_measured_nl = 0;           // by its sensor; 0xFFFFFFFF: the model has none
  std::uint32_t radio_ms = 0;                        // that the radio was on since the reset, in and out: since 2.1
  std::uint32_t radio_strangers_ms = 0;              // of that, for what belonged to no session: since 2.1
  std::uint32_t receiver_off_s = 0;                  // that the receiver was switched off since the reset: since 2.1
  std::uint32_t next_bolus_in_s = kNextBolusUnsaid;  // by lockout, count and ceilings; 0xFFFFFFFF: no waiting helps: since 2.2
  std::uint32_t boluses_granted = 0;                 // to the patient since the last refill: since 2.2
  std::uint32_t boluses_refused = 0;                 // to the patient since the last refill: since 2.2
  std::uint32_t given_nl = 0;                        // since the last refill, by the ledger: since 2.2
  std::uint16_t self_test_failed = 0;                // bit(SelfTestPart), of the last self test: since 2.2
  static constexpr void fields(auto& v, auto& m) {
    v("therapy_state", m.therapy_state);
    v("basal_rate_nl_per_day", m.basal_rate_nl_per_day);
    v("steps_total", m.steps_total);
    v("bolus_steps_delivered", m.bolus_steps_delivered);
    v("bolus_steps_remaining", m.bolus_steps_remaining);
    v("reservoir_nl", m.reservoir_nl);
    v("alarm_bits", m.alarm_bits);
    v("lockout_remaining_s", m.lockout_remaining_s);
    v("boluses_last_24h", m.boluses_last_24h);
    v("doses_left_24h", m.doses_left_24h);
    v("monotonic_ticks", m.monotonic_ticks);
    v("rtc_ticks", m.rtc_ticks);
    v("outlet_pressure_pa", m.outlet_pressure_pa);
    v("battery_mv", m.battery_mv);
    v("motor_driver", m.motor_driver);
    v("log_newest_seq", m.log_newest_seq);
    v("program_revision", m.program_revision);
    v("rate_now_nl_per_day", m.rate_now_nl_per_day);
    v("phase_remaining_nl", m.phase_remaining_nl);
    v("tube_concentration_ng_per_ml", m.tube_concentration_ng_per_ml);
    v("local_time_s", m.local_time_s);
    v("battery_loaded_mv", m.battery_loaded_mv);
    v("battery_used_permille", m.battery_used_permille);
    v("replace_by_s", m.replace_by_s);
    v("reservoir_low_at_s", m.reservoir_low_at_s);
    v("reservoir_empty_at_s", m.reservoir_empty_at_s);
    v("temperature_decic", m.temperature_decic);
    v("reservoir_measured_nl", m.reservoir_measured_nl);
    if (v.since(1)) {
      v("radio_ms", m.radio_ms);
      v("radio_strangers_ms", m.radio_strangers_ms);
      v("receiver_off_s", m.receiver_off_s);
    }
    if (v.since(2)) {
      v("next_bolus_in_s", m.next_bolus_in_s);
      v("boluses_granted", m.boluses_granted);
      v("boluses_refused", m.boluses_refused);
      v("given_nl", m.given_nl);
      v("self_test_failed", m.self_test_failed);
    }
  }
};
struct ReadStatus {
  static constexpr const char* kName = "ReadStatus";
  static constexpr MessageType kType = MessageType::kReadStatus;
  using Reply = StatusReply;
  static constexpr void fields(auto&, auto&) {}
};

struct SelfTestReply {  // comes when the test is over
  static constexpr const char* kName = "SelfTestReply";
  std::uint16_t tested = 0;  // bit(SelfTestPart)
  std::uint16_t failed = 0;  // of these
  std::uint64_t rtc_ticks = 0;
  static constexpr void fields(auto& v, auto& m) {
    v("tested", m.tested);
    v("failed", m.failed);
    v("rtc_ticks", m.rtc_ticks);
  }
};
struct SelfTest {  // in full; the pump must be stopped. Since 2.2
  static constexpr const char* kName = "SelfTest";
  static constexpr MessageType kType = MessageType::kSelfTest;
  using Reply = SelfTestReply;
  static constexpr void fields(auto&, auto&) {}
};

// ---- The program: all limits at once ----------------------------------------------------------------------------------------------------

struct WriteProgramReply {
  static constexpr const char* kName = "WriteProgramReply";
  std::uint32_t revision = 0;  // of the program that now holds
  static constexpr void fields(auto& v, auto& m) { v("revision", m.revision); }
};
struct WriteProgram {
  static constexpr const char* kName = "WriteProgram";
  static constexpr MessageType kType = MessageType::kWriteProgram;
  using Reply = WriteProgramReply;
  Program program;
  std::uint32_t crc = 0;  // checksum(program)
  static constexpr void fields(auto& v, auto& m) {
    v("program", m.program);
    v("crc", m.crc);
  }
};

struct ProgramReply {
  static constexpr const char* kName = "ProgramReply";
  Program program;
  std::uint32_t crc = 0;       // as stored, so that a damaged copy shows
  std::uint32_t revision = 0;  // 0: never programmed
  static constexpr void fields(auto& v, auto& m) {
    v("program", m.program);
    v("crc", m.crc);
    v("revision", m.revision);
  }
};
struct ReadProgram {
  static constexpr const char* kName = "ReadProgram";
  static constexpr MessageType kType = MessageType::kReadProgram;
  using Reply = ProgramReply;
  static constexpr void fields(auto&, auto&) {}
};

// ---- Therapy ----------------------------------------------------------------------------------------------------------------------------

struct TherapyReply {
  static constexpr const char* kName = "TherapyReply";
  TherapyState therapy_state = TherapyState::kNotProgrammed;  // after the request
  std::uint64_t rtc_ticks = 0;                                // when it was accepted
  static constexpr void fields(auto& v, auto& m) {
    v("therapy_state", m.therapy_state);
    v("rtc_ticks", m.rtc_ticks);
  }
};
struct StartTherapy {  // also resumes; kOk when it runs already
  static constexpr const char* kName = "StartTherapy";
  static constexpr MessageType kType = MessageType::kStartTherapy;
  using Reply = TherapyReply;
  static constexpr void fields(auto&, auto&) {}
};
struct StopTherapy {  // kOk when it is stopped already
  static constexpr const char* kName = "StopTherapy";
  static constexpr MessageType kType = MessageType::kStopTherapy;
  using Reply = TherapyReply;
  static constexpr void fields(auto&, auto&) {}
};

// Carried with every status, granted (kOk) or refused (the reason).
struct BolusReply {
  static constexpr const char* kName = "BolusReply";
  std::uint32_t dose_nl = 0;  // granted; 0 when refused
  std::uint32_t lockout_remaining_s = 0;
  std::uint8_t doses_left_24h = 0;
  std::uint64_t rtc_ticks = 0;                       // when it was decided
  std::uint32_t next_bolus_in_s = kNextBolusUnsaid;  // as in the status: since 2.2
  static constexpr void fields(auto& v, auto& m) {
    v("dose_nl", m.dose_nl);
    v("lockout_remaining_s", m.lockout_remaining_s);
    v("doses_left_24h", m.doses_left_24h);
    v("rtc_ticks", m.rtc_ticks);
    if (v.since(2)) v("next_bolus_in_s", m.next_bolus_in_s);
  }
};
struct RequestBolus {
  static constexpr const char* kName = "RequestBolus";
  static constexpr MessageType kType = MessageType::kRequestBolus;
  using Reply = BolusReply;
  static constexpr void fields(auto&, auto&) {}
};

struct Prime {  // fills the path at the fastest rate, then goes on with the base
  static constexpr const char* kName = "Prime";
  static constexpr MessageType kType = MessageType::kPrime;
  using Reply = TherapyReply;
  std::uint32_t volume_nl = 0;
  static constexpr void fields(auto& v, auto& m) { v("volume_nl", m.volume_nl); }
};
struct CancelPrime {
  static constexpr const char* kName = "CancelPrime";
  static constexpr MessageType kType = MessageType::kCancelPrime;
  using Reply = TherapyReply;
  static constexpr void fields(auto&, auto&) {}
};
struct GiveBolus {  // a single bolus by the clinician, beside the base; lockout and ceilings count it
  static constexpr const char* kName = "GiveBolus";
  static constexpr MessageType kType = MessageType::kGiveBolus;
  using Reply = BolusReply;
  std::uint32_t dose_nl = 0;
  std::uint32_t duration_s = 0;
  static constexpr void fields(auto& v, auto& m) {
    v("dose_nl", m.dose_nl);
    v("duration_s", m.duration_s);
  }
};
struct CancelBolus {  // whichever bolus runs, of patient or clinician
  static constexpr const char* kName = "CancelBolus";
  static constexpr MessageType kType = MessageType::kCancelBolus;
  using Reply = TherapyReply;
  static constexpr void fields(auto&, auto&) {}
};

// ---- Clock ------------------------------------------------------------------------------------------------------------------------------

struct ClockReply {
  static constexpr const char* kName = "ClockReply";
  std::int64_t local_time_s = 0;  // after the request
  std::uint64_t rtc_ticks = 0;
  static constexpr void fields(auto& v, auto& m) {
    v("local_time_s", m.local_time_s);
    v("rtc_ticks", m.rtc_ticks);
  }
};
struct SetClock {  // the calendar by which a day schedule goes; lockouts and counts do not look at it
  static constexpr const char* kName = "SetClock";
  static constexpr MessageType kType = MessageType::kSetClock;
  using Reply = ClockReply;
  std::int64_t local_time_s = 0;  // seconds since 1970-01-01 00:00 of the patient's wall clock
  static constexpr void fields(auto& v, auto& m) { v("local_time_s", m.local_time_s); }
};

// ---- Reservoir --------------------------------------------------------------------------------------------------------------------------

struct ReservoirReply {
  static constexpr const char* kName = "ReservoirReply";
  std::uint32_t expected_nl = 0;               // by the ledger, before the entry
  std::uint32_t reservoir_nl = 0;              // by the ledger, after it
  Residual residual = Residual::kNotMeasured;  // over- or under-infusion since the last refill shows in it
  static constexpr void fields(auto& v, auto& m) {
    v("expected_nl", m.expected_nl);
    v("reservoir_nl", m.reservoir_nl);
    v("residual", m.residual);
  }
};
struct EnterReservoir {
  static constexpr const char* kName = "EnterReservoir";
  static constexpr MessageType kType = MessageType::kEnterReservoir;
  using Reply = ReservoirReply;
  std::uint32_t volume_nl = 0;             // in the reservoir now
  bool refill = false;                     // a refill restarts the counters since refill; otherwise a correction
  std::uint32_t capacity_nl = 0;           // of the model that the programmer believes in; 0: not checked
  std::uint32_t residual_nl = 0xFFFFFFFF;  // found in it before; 0xFFFFFFFF: not measured
  static constexpr void fields(auto& v, auto& m) {
    v("volume_nl", m.volume_nl);
    v("refill", m.refill);
    v("capacity_nl", m.capacity_nl);
    v("residual_nl", m.residual_nl);
  }
};

// ---- Log and alarms ---------------------------------------------------------------------------------------------------------------------

struct LogEntry {
  static constexpr const char* kName = "LogEntry";
  std::uint32_t seq = 0;  // from 1, without gaps
  std::uint64_t rtc_ticks = 0;
  LogCode code{};
  std::int32_t argument_1 = 0;  // meaning: see LogCode
  std::int32_t argument_2 = 0;
  static constexpr void fields(auto& v, auto& m) {
    v("seq", m.seq);
    v("rtc_ticks", m.rtc_ticks);
    v("code", m.code);
    v("argument_1", m.argument_1);
    v("argument_2", m.argument_2);
  }
  friend constexpr bool operator==(const LogEntry&, const LogEntry&) = default;
};
struct LogReply {
  static constexpr const char* kName = "LogReply";
  std::uint32_t oldest_seq = 0;  // still kept; 0: the log is empty
  std::uint32_t newest_seq = 0;
  List<LogEntry, kMaxLogEntries> entries;  // rising seq; starts at the oldest kept when that is beyond what was asked for
  std::uint32_t first_crc = 0;             // checksum kept with the first of the entries: since 2.1
  std::uint32_t last_crc = 0;              // and with the last: since 2.1
  static constexpr void fields(auto& v, auto& m) {
    v("oldest_seq", m.oldest_seq);
    v("newest_seq", m.newest_seq);
    v("entries", m.entries);
    if (v.since(1)) {
      v("first_crc", m.first_crc);
      v("last_crc", m.last_crc);
    }
  }
};
struct ReadLog {
  static constexpr const char* kName = "ReadLog";
  static constexpr MessageType kType = MessageType::kReadLog;
  using Reply = LogReply;
  std::uint32_t from_seq = 1;
  std::uint8_t count = kMaxLogEntries;  // at most so many; fewer come when the log ends
  static constexpr void fields(auto& v, auto& m) {
    v("from_seq", m.from_seq);
    v("count", m.count);
  }
};

struct AlarmReply {
  static constexpr const char* kName = "AlarmReply";
  std::uint32_t alarm_bits = 0;  // standing after the request
  static constexpr void fields(auto& v, auto& m) { v("alarm_bits", m.alarm_bits); }
};
struct ClearAlarm {  // acknowledges; kAlarmCauseStands when one of them comes back at once
  static constexpr const char* kName = "ClearAlarm";
  static constexpr MessageType kType = MessageType::kClearAlarm;
  using Reply = AlarmReply;
  std::uint32_t alarm_bits = 0xFFFFFFFF;  // which
  static constexpr void fields(auto& v, auto& m) { v("alarm_bits", m.alarm_bits); }
};
struct SilenceAlarm {  // the sound only; a new critical alarm sounds again
  static constexpr const char* kName = "SilenceAlarm";
  static constexpr MessageType kType = MessageType::kSilenceAlarm;
  using Reply = AlarmReply;
  std::uint32_t duration_s = 0;
  static constexpr void fields(auto& v, auto& m) { v("duration_s", m.duration_s); }
};

struct TestAlarm {  // both sounds, one after the other; delivery goes on
  static constexpr const char* kName = "TestAlarm";
  static constexpr MessageType kType = MessageType::kTestAlarm;
  using Reply = AlarmReply;
  static constexpr void fields(auto&, auto&) {}
};

// ---- Service, on a test image only ------------------------------------------------------------------------------------------------------

struct BolusRecord {
  static constexpr const char* kName = "BolusRecord";
  std::uint32_t age_s = 0;  // since its start
  std::uint32_t volume_nl = 0;
  std::uint32_t duration_s = 0;
  static constexpr void fields(auto& v, auto& m) {
    v("age_s", m.age_s);
    v("volume_nl", m.volume_nl);
    v("duration_s", m.duration_s);
  }
  friend constexpr bool operator==(const BolusRecord&, const BolusRecord&) = default;
};
// What a scenario starts from, the program excepted (WriteProgram). Establishing it stops therapy and clears every alarm.
struct DeviceState {
  static constexpr const char* kName = "DeviceState";
  std::int64_t calendar_offset_s = 0;  // UTC seconds since 1970 = calendar_offset_s + rtc_ticks / 32768
  std::uint32_t reservoir_nl = 0;
  std::uint64_t steps_total = 0;
  std::uint32_t boluses_granted = 0;            // since refill
  std::uint32_t boluses_refused = 0;            // since refill
  std::uint16_t battery_used_permille = 50;     // of the cell's charge
  List<BolusRecord, kMaxBolusHistory> boluses;  // newest first
  static constexpr void fields(auto& v, auto& m) {
    v("calendar_offset_s", m.calendar_offset_s);
    v("reservoir_nl", m.reservoir_nl);
    v("steps_total", m.steps_total);
    v("boluses_granted", m.boluses_granted);
    v("boluses_refused", m.boluses_refused);
    v("battery_used_permille", m.battery_used_permille);
    v("boluses", m.boluses);
  }
};
struct EstablishState {
  static constexpr const char* kName = "EstablishState";
  static constexpr MessageType kType = MessageType::kEstablishState;
  using Reply = Empty;
  DeviceState state;
  bool erase_program = false;
  static constexpr void fields(auto& v, auto& m) {
    v("state", m.state);
    v("erase_program", m.erase_program);
  }
};
struct StateReply {
  static constexpr const char* kName = "StateReply";
  DeviceState state;
  std::uint64_t rtc_ticks = 0;  // the instant at which the ages hold
  static constexpr void fields(auto& v, auto& m) {
    v("state", m.state);
    v("rtc_ticks", m.rtc_ticks);
  }
};
struct ReadState {
  static constexpr const char* kName = "ReadState";
  static constexpr MessageType kType = MessageType::kReadState;
  using Reply = StateReply;
  static constexpr void fields(auto&, auto&) {}
};
struct ResetDevice {  // the reply leaves before the reset
  static constexpr const char* kName = "ResetDevice";
  static constexpr MessageType kType = MessageType::kResetDevice;
  using Reply = Empty;
  ResetKind kind = ResetKind::kSoftware;
  static constexpr void fields(auto& v, auto& m) { v("kind", m.kind); }
};

}  // namespace pumpfw::protocol
