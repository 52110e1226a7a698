#include "firmware/protocol/text.h"

namespace pumpfw::protocol {
namespace {

template <typename T>
constexpr CodeText row(T code, const char* name, const char* text) {
  return {static_cast<std::uint16_t>(code), name, text};
}

constexpr CodeText kUnknown{0xFFFF, "unknown", "a number that this version of the protocol does not know"};

constexpr CodeText kMessageTypes[] = {
    row(MessageType::kIdentify, "identify", "says which pump and which firmware answers"),
    row(MessageType::kReadStatus, "read_status", "reads the state of therapy, reservoir, alarms and clocks"),
    row(MessageType::kSetClock, "set_clock", "sets the calendar of the day schedule"),
    row(MessageType::kSelfTest, "self_test", "has the pump test itself in full"),
    row(MessageType::kReadProgram, "read_program", "reads the program back"),
    row(MessageType::kWriteProgram, "write_program", "writes the whole program at once"),
    row(MessageType::kStartTherapy, "start_therapy", "starts or resumes therapy"),
    row(MessageType::kStopTherapy, "stop_therapy", "stops therapy"),
    row(MessageType::kRequestBolus, "request_bolus", "asks for a patient bolus"),
    row(MessageType::kPrime, "prime", "fills the path with a priming bolus"),
    row(MessageType::kCancelPrime, "cancel_prime", "ends a priming bolus"),
    row(MessageType::kGiveBolus, "give_bolus", "gives a single bolus"),
    row(MessageType::kCancelBolus, "cancel_bolus", "ends the bolus that runs"),
    row(MessageType::kEnterReservoir, "enter_reservoir", "enters the volume in the reservoir"),
    row(MessageType::kReadLog, "read_log", "reads entries of the event log"),
    row(MessageType::kClearAlarm, "clear_alarm", "acknowledges and clears alarms"),
    row(MessageType::kSilenceAlarm, "silence_alarm", "silences the alarm sound for a while"),
    row(MessageType::kTestAlarm, "test_alarm", "sounds both alarms for a test"),
    row(MessageType::kEstablishState, "establish_state", "puts a test image into a stated state"),
    row(MessageType::kReadState, "read_state", "reads the whole state of a test image"),
    row(MessageType::kResetDevice, "reset_device", "resets a test image"),
    row(MessageType::kOpenSession, "open_session", "begins a sealed session: both sides prove that they know the role's key"),
    row(MessageType::kProvisionKeys, "provision_keys", "gives the pump the keys of all roles, by wire"),
    row(MessageType::kBeginImage, "begin_image", "announces a signed firmware image"),
    row(MessageType::kImagePart, "image_part", "sends 256 bytes of the announced image"),
    row(MessageType::kFinishImage, "finish_image", "has the image checked and started, or forgotten"),
};

constexpr CodeText kStatusCodes[] = {
    row(StatusCode::kOk, "ok", "done"),
    row(StatusCode::kBadLength, "bad_length", "the message does not have the length that its number demands"),
    row(StatusCode::kUnknownMessage, "unknown_message", "the pump's firmware does not know this message"),
    row(StatusCode::kUnsupportedVersion, "unsupported_version", "the pump speaks another major version of the protocol"),
    row(StatusCode::kUnsupportedSuite, "unsupported_suite", "the pump does not accept this protection suite"),
    row(StatusCode::kNotPermitted, "not_permitted", "this role may not ask for that"),
    row(StatusCode::kTestImageOnly, "test_image_only", "only a test image does this, and the pump runs a product image"),
    row(StatusCode::kBadChecksum, "bad_checksum", "the program's checksum does not fit its fields"),
    row(StatusCode::kBadFieldValue, "bad_field_value", "a field holds a value that it can not have"),
    row(StatusCode::kBusy, "busy", "the pump is still working on an earlier request; ask again"),
    row(StatusCode::kSelfTest, "self_test", "the self test is running"),
    row(StatusCode::kMemoryFault, "memory_fault", "the pump's memory did not take or give the data"),
    row(StatusCode::kInternalFault, "internal_fault", "the pump found a fault of its own"),
    row(StatusCode::kRateOutOfRange, "rate_out_of_range", "the basal rate is outside what the pump can deliver"),
    row(StatusCode::kBolusDoseOutOfRange, "bolus_dose_out_of_range", "the bolus dose is outside its range"),
    row(StatusCode::kBolusDurationOutOfRange, "bolus_duration_out_of_range", "the bolus duration is outside its range"),
    row(StatusCode::kLockoutOutOfRange, "lockout_out_of_range", "the lockout is outside its range"),
    row(StatusCode::kBolusCountOutOfRange, "bolus_count_out_of_range", "the number of boluses in 24 h is outside its range"),
    row(StatusCode::kCeilingOutOfRange, "ceiling_out_of_range", "a dose ceiling is missing, or above 27 mL"),
    row(StatusCode::kCombinedRateTooHigh, "combined_rate_too_high", "basal and bolus together would pass the speed ceiling"),
    row(StatusCode::kLowReservoirThresholdOutOfRange, "low_reservoir_threshold_out_of_range",
        "the low-reservoir threshold is outside its range"),
    row(StatusCode::kOcclusionTripOutOfRange, "occlusion_trip_out_of_range", "the occlusion trip pressure is outside its range"),
    row(StatusCode::kAlarmRepeatOutOfRange, "alarm_repeat_out_of_range", "an alarm repeat interval is outside its range"),
    row(StatusCode::kLockoutShorterThanBolus, "lockout_shorter_than_bolus", "the lockout is shorter than the bolus itself"),
    row(StatusCode::kScheduleIncomplete, "schedule_incomplete",
        "the day schedule leaves a weekday without a rate, names a minute twice, or has more than 24 pieces on a day"),
    row(StatusCode::kPeriodicBolusOutOfRange, "periodic_bolus_out_of_range",
        "dose, duration or interval of the periodic bolus is outside its range"),
    row(StatusCode::kModeMismatch, "mode_mismatch", "a field belongs to another mode than the program's"),
    row(StatusCode::kPathVolumeOutOfRange, "path_volume_out_of_range",
        "the volume of pump tube and catheter is not known, or the volume asked for is beyond it"),
    row(StatusCode::kBridgeRequired, "bridge_required", "another concentration stands in the path, so a bridge bolus is needed"),
    row(StatusCode::kBridgeWrong, "bridge_wrong", "the bridge bolus does not fit what stands in the path"),
    row(StatusCode::kOtherDrug, "other_drug", "another drug is never bridged; stop therapy, rinse pump and catheter, then program"),
    row(StatusCode::kConcentrationNotStated, "concentration_not_stated",
        "what stands in the path is known, and the program does not say with which concentration it goes on"),
    row(StatusCode::kNoProgram, "no_program", "no program has been written"),
    row(StatusCode::kTherapyStopped, "therapy_stopped", "therapy is stopped"),
    row(StatusCode::kCriticalAlarm, "critical_alarm", "a critical alarm stands; clear it first"),
    row(StatusCode::kReservoirEmpty, "reservoir_empty", "the reservoir is empty"),
    row(StatusCode::kMotorDriverFault, "motor_driver_fault", "the motor driver reports a fault or does not answer"),
    row(StatusCode::kPriming, "priming", "a priming bolus is running"),
    row(StatusCode::kBridging, "bridging", "a bridge bolus is running"),
    row(StatusCode::kNothingRuns, "nothing_runs", "there is nothing to end"),
    row(StatusCode::kTherapyRuns, "therapy_runs", "therapy runs; stop it first"),
    row(StatusCode::kClockNotSet, "clock_not_set", "a day schedule goes by the calendar, and that is not set"),
    row(StatusCode::kBolusDisabled, "bolus_disabled", "no clinician has enabled patient boluses"),
    row(StatusCode::kBolusRunning, "bolus_running", "a bolus is being delivered"),
    row(StatusCode::kRepeatedTooSoon, "repeated_too_soon", "the last request was granted a moment ago"),
    row(StatusCode::kLockout, "lockout", "the lockout since the last bolus is not over"),
    row(StatusCode::kDailyCountReached, "daily_count_reached", "the number of boluses allowed in 24 h is used up"),
    row(StatusCode::kHourCeilingReached, "hour_ceiling_reached", "the dose ceiling of one hour would be passed"),
    row(StatusCode::kDayCeilingReached, "day_ceiling_reached", "the dose ceiling of 24 h would be passed"),
    row(StatusCode::kReservoirTooLow, "reservoir_too_low", "the reservoir does not hold enough for the bolus"),
    row(StatusCode::kVolumeAboveCapacity, "volume_above_capacity", "the volume is more than the reservoir of this model holds"),
    row(StatusCode::kModelMismatch, "model_mismatch", "the programmer believes in a reservoir of another capacity"),
    row(StatusCode::kAlarmCauseStands, "alarm_cause_stands", "the cause of an alarm is still there"),
    row(StatusCode::kSilenceTooLong, "silence_too_long", "this role may not silence for so long"),
    row(StatusCode::kStateOutOfRange, "state_out_of_range", "a part of the state to establish is outside its range"),
    row(StatusCode::kTooManyBoluses, "too_many_boluses", "the pump can not keep so many boluses, or they are not newest first"),
    row(StatusCode::kNotAuthentic, "not_authentic", "the proof does not fit the key that the pump has for this role"),
    row(StatusCode::kAuthBackOff, "auth_back_off", "too many proofs were wrong; no new session of this role until the back-off ends"),
    row(StatusCode::kSessionReplayed, "session_replayed", "the session counter did not rise above the last one that the pump took"),
    row(StatusCode::kNoKeys, "no_keys", "the pump has no key for this role"),
    row(StatusCode::kByWireOnly, "by_wire_only", "keys are given by wire and in a sealed session only"),
    row(StatusCode::kImageNotAuthentic, "image_not_authentic", "the image's signature is not the maker's"),
    row(StatusCode::kImageNotNewer, "image_not_newer", "the image's version is not above every one that this pump has run"),
    row(StatusCode::kImageTooLarge, "image_too_large", "the image is empty or larger than the pump's second bank"),
    row(StatusCode::kImageOutOfOrder, "image_out_of_order", "this part is not the next one"),
    row(StatusCode::kImageIncomplete, "image_incomplete", "parts of the image are missing"),
    row(StatusCode::kImageDamaged, "image_damaged", "the bytes received are not those that were signed; the image is forgotten"),
    row(StatusCode::kNoImage, "no_image", "no image has been announced since the last reset"),
    row(StatusCode::kOtherModel, "other_model", "the image is for another model of pump"),
    row(StatusCode::kBatteryTooLow, "battery_too_low", "the battery is at its replacement notice or below"),
};

constexpr CodeText kTherapyStates[] = {
    row(TherapyState::kNotProgrammed, "not_programmed", "no program has been written"),
    row(TherapyState::kStopped, "stopped", "stopped by a clinician"),
    row(TherapyState::kRunning, "running", "basal delivery"),
    row(TherapyState::kBolus, "bolus", "basal delivery and a bolus, of the patient or the clinician"),
    row(TherapyState::kStallPause, "stall_pause", "paused because the rotor does not follow; tries again by itself"),
    row(TherapyState::kHalted, "halted", "halted by a critical alarm"),
    row(TherapyState::kSelfTest, "self_test", "self test"),
    row(TherapyState::kMinimumRate, "minimum_rate", "the lowest rate that keeps the rotor turning"),
    row(TherapyState::kPriming, "priming", "priming bolus"),
    row(TherapyState::kBridging, "bridging", "bridge bolus after a change of concentration"),
    row(TherapyState::kPeriodicBolus, "periodic_bolus", "basal delivery and a periodic bolus"),
};

constexpr CodeText kBasalModes[] = {
    row(BasalMode::kContinuous, "continuous", "one rate"),
    row(BasalMode::kDaySchedule, "day_schedule", "rates by weekday and time of day"),
    row(BasalMode::kPeriodic, "periodic", "one rate, and a bolus at a constant interval"),
    row(BasalMode::kMinimumRate, "minimum_rate", "the lowest rate that keeps the rotor turning"),
};

constexpr CodeText kAlarms[] = {
    row(Alarm::kMotorStall, "motor_stall", "the rotor does not follow the steps"),
    row(Alarm::kOcclusion, "occlusion", "the outlet pressure passed the occlusion trip"),
    row(Alarm::kReservoirEmpty, "reservoir_empty", "the reservoir is empty"),
    row(Alarm::kReverseRotation, "reverse_rotation", "the rotor turned backwards"),
    row(Alarm::kOverSpeed, "over_speed", "the speed limiter tripped"),
    row(Alarm::kOverVolume, "over_volume", "the volume limiter tripped"),
    row(Alarm::kMotorDriver, "motor_driver", "the motor driver reports a fault or does not answer"),
    row(Alarm::kMemory, "memory", "what the pump keeps is damaged beyond repair, or the memory does not answer"),
    row(Alarm::kStoppedLong, "stopped_long", "stopped or stalled for 48 h"),
    row(Alarm::kSelfTest, "self_test", "the self test failed"),
    row(Alarm::kReservoirLow, "reservoir_low", "the reservoir is below its threshold"),
    row(Alarm::kBatteryReplace, "battery_replace", "the battery lasts 90 days at most: plan the pump's replacement"),
    row(Alarm::kBatteryEnd, "battery_end", "the battery or the pump's 84 months are at their end"),
    row(Alarm::kResets, "resets", "three resets in 24 h that nobody asked for"),
    row(Alarm::kTemperature, "temperature", "the pump is colder than 30 degC or hotter than 45 degC"),
    row(Alarm::kReservoirDisagrees, "reservoir_disagrees", "the reservoir's sensor and the steps differ by more than 2 mL or 10 %"),
    row(Alarm::kOverInfusion, "over_infusion", "more has left the reservoir than the steps account for, or the rotor has turned further"),
    row(Alarm::kUnderInfusion, "under_infusion", "less has left the reservoir than the steps account for"),
    row(Alarm::kUnderInfusionLong, "under_infusion_long", "less than the steps account for has left the reservoir for 48 h"),
    row(Alarm::kClockNotSet, "clock_not_set", "a day schedule runs by a calendar that is not set"),
};

// What stands beside an alarm in the log: its unit, and what it is of. Alarms that are not named have none.
constexpr CodeText figure(Alarm of, const char* unit, const char* text) {
  return {static_cast<std::uint16_t>(of), unit, text};
}
constexpr CodeText kNoFigure{0xFFFF, "", ""};
constexpr CodeText kAlarmFigures[] = {
    figure(Alarm::kMotorStall, "steps", "that the rotor did not follow"),
    figure(Alarm::kOcclusion, "Pa", "gauge, at the outlet"),
    figure(Alarm::kBatteryReplace, "days", "that are left"),
    figure(Alarm::kResets, "resets", "in 24 h"),
    figure(Alarm::kTemperature, "0.1 degC", "measured"),
    figure(Alarm::kReservoirDisagrees, "uL", "in it by the reservoir's sensor"),
    figure(Alarm::kOverInfusion, "uL", "in it by the reservoir's sensor"),
    figure(Alarm::kUnderInfusion, "uL", "in it by the reservoir's sensor"),
};

constexpr CodeText kSelfTestParts[] = {
    row(SelfTestPart::kStack, "stack", "the stack has run over"),
    row(SelfTestPart::kCode, "code", "the code is not what was built"),
    row(SelfTestPart::kRam, "ram", "the RAM does not keep what is written to it"),
    row(SelfTestPart::kMemory, "memory", "the memory does not keep what is written to it, or does not answer"),
    row(SelfTestPart::kPressure, "pressure", "the pressure sensor does not answer, or is out of range"),
    row(SelfTestPart::kBattery, "battery", "the cell's voltage does not answer, or is out of range"),
    row(SelfTestPart::kTemperature, "temperature", "the temperature sensor does not answer, or is out of range"),
    row(SelfTestPart::kReservoir, "reservoir", "the reservoir's sensor does not answer, or is out of range"),
    row(SelfTestPart::kClock, "clock", "the real-time clock does not go as it should"),
    row(SelfTestPart::kMotorDriver, "motor_driver", "the motor driver does not answer, or reports a fault"),
};

constexpr CodeText kMotorDriverStates[] = {
    row(MotorDriverState::kUnknown, "unknown", "not asked yet"),
    row(MotorDriverState::kOff, "off", "outputs off"),
    row(MotorDriverState::kReady, "ready", "configured and without fault"),
    row(MotorDriverState::kStarting, "starting", "being configured"),
    row(MotorDriverState::kFault, "fault", "reports a fault"),
    row(MotorDriverState::kNoAnswer, "no_answer", "does not answer"),
};

constexpr CodeText kLogCodes[] = {
    row(LogCode::kBoot, "boot", "started: reset cause, boot count"),
    row(LogCode::kSelfTestPassed, "self_test_passed", "self test passed"),
    row(LogCode::kSelfTestFailed, "self_test_failed", "self test failed: part"),
    row(LogCode::kProgramWritten, "program_written", "program accepted: revision, basal nL/day"),
    row(LogCode::kProgramRefused, "program_refused", "program refused: status code, offending value"),
    row(LogCode::kTherapyStarted, "therapy_started", "therapy started: basal nL/day"),
    row(LogCode::kTherapyStopped, "therapy_stopped", "therapy stopped: role"),
    row(LogCode::kBolusGranted, "bolus_granted", "patient bolus granted: nL, duration s"),
    row(LogCode::kBolusRefused, "bolus_refused", "patient bolus refused: status code, lockout remaining s"),
    row(LogCode::kBolusCompleted, "bolus_completed", "bolus completed: steps delivered"),
    row(LogCode::kBolusCancelled, "bolus_cancelled", "bolus cancelled: steps delivered, steps not given"),
    row(LogCode::kAlarmRaised, "alarm_raised", "alarm raised: alarm, figure"),
    row(LogCode::kAlarmCleared, "alarm_cleared", "alarm cleared: alarm, role or 0 for the pump itself"),
    row(LogCode::kAlarmSilenced, "alarm_silenced", "alarm sound silenced: s, role"),
    row(LogCode::kReservoirEntered, "reservoir_entered", "reservoir refilled: nL entered, nL expected"),
    row(LogCode::kStallRetry, "stall_retry", "stalled motor tried again: attempt"),
    row(LogCode::kStallRecovered, "stall_recovered", "rotor follows again: s without movement"),
    row(LogCode::kBacklogDiscarded, "backlog_discarded", "steps that were due and are not given any more: steps"),
    row(LogCode::kStateEstablished, "state_established", "test state established: boluses in the history"),
    row(LogCode::kResetRequested, "reset_requested", "reset on request: role"),
    row(LogCode::kMemoryRepaired, "memory_repaired", "one of two copies repaired: copy"),
    row(LogCode::kClockUncertain, "clock_uncertain", "time since the last bolus unknown, lockout restarted in full"),
    row(LogCode::kBatteryLow, "battery_low", "battery low: mV"),
    row(LogCode::kClockSet, "clock_set", "calendar set: s that it moved, role"),
    row(LogCode::kPrimeStarted, "prime_started", "priming bolus started: nL"),
    row(LogCode::kPrimeEnded, "prime_ended", "priming bolus ended: steps delivered, steps not given"),
    row(LogCode::kBridgeStarted, "bridge_started", "bridge bolus started: nL, nL/day"),
    row(LogCode::kBridgeEnded, "bridge_ended", "bridge bolus ended: steps delivered"),
    row(LogCode::kPeriodicBolusGiven, "periodic_bolus_given", "periodic bolus: steps delivered, steps not given"),
    row(LogCode::kClinicianBolusGiven, "clinician_bolus_given", "single bolus of the clinician granted: nL, duration s"),
    row(LogCode::kAlarmTested, "alarm_tested", "alarm sounds tested: role"),
    row(LogCode::kResidual, "residual", "residual at a refill beyond its bounds: nL found, nL expected"),
    row(LogCode::kReservoirCorrected, "reservoir_corrected", "reservoir volume corrected: nL entered, nL expected"),
    row(LogCode::kDrugChanged, "drug_changed", "another drug by the program accepted: its number, ng/mL"),
    row(LogCode::kEntriesLost, "entries_lost", "entries that came faster than the memory took them: how many"),
    row(LogCode::kAuthBackOff, "auth_back_off", "too many wrong proofs, sessions of the role refused: role, s"),
    row(LogCode::kKeysProvisioned, "keys_provisioned", "keys given by wire"),
    row(LogCode::kKeysLost, "keys_lost", "the keys can not be read, the link stays shut"),
    row(LogCode::kImageBegun, "image_begun", "signed firmware image announced: version, bytes"),
    row(LogCode::kImageRefused, "image_refused", "firmware image refused: status code, version"),
    row(LogCode::kImageActivated, "image_activated", "firmware image taken, the next reset starts it: version"),
    row(LogCode::kReceiverOff, "receiver_off", "receiver off, strangers have had their share of the hour: s of the radio since the reset"),
    row(LogCode::kReceiverOpened, "receiver_opened", "receiver on again, a magnet was held to the pump"),
};

constexpr CodeText kResetCauses[] = {
    row(ResetCause::kPowerOn, "power_on", "power came on"),       row(ResetCause::kPin, "pin", "the reset pin"),
    row(ResetCause::kWatchdog, "watchdog", "the watchdog bit"),   row(ResetCause::kSoftware, "software", "on request"),
    row(ResetCause::kBrownOut, "brown_out", "the supply dipped"),
};

constexpr CodeText kRoles[] = {
    row(Role::kPatient, "patient", "the patient's personal therapy manager"),
    row(Role::kClinician, "clinician", "the physician programmer"),
    row(Role::kService, "service", "the wired service tool"),
};

template <typename T>
const CodeText& find(std::span<const CodeText> table, T code) {
  for (const CodeText& entry : table) {
    if (entry.code == static_cast<std::uint16_t>(code)) return entry;
  }
  return kUnknown;
}

}  // namespace

std::span<const CodeText> basal_modes() {
  return kBasalModes;
}
std::span<const CodeText> message_types() {
  return kMessageTypes;
}
std::span<const CodeText> status_codes() {
  return kStatusCodes;
}
std::span<const CodeText> therapy_states() {
  return kTherapyStates;
}
std::span<const CodeText> alarms() {
  return kAlarms;
}
std::span<const CodeText> self_test_parts() {
  return kSelfTestParts;
}
std::span<const CodeText> motor_driver_states() {
  return kMotorDriverStates;
}
std::span<const CodeText> log_codes() {
  return kLogCodes;
}
std::span<const CodeText> reset_causes() {
  return kResetCauses;
}
std::span<const CodeText> roles() {
  return kRoles;
}

const CodeText& describe(MessageType code) {
  return find(kMessageTypes, code);
}
const CodeText& describe(StatusCode code) {
  return find(kStatusCodes, code);
}
const CodeText& describe(TherapyState code) {
  return find(kTherapyStates, code);
}
const CodeText& describe(BasalMode code) {
  return find(kBasalModes, code);
}
const CodeText& describe(Alarm code) {
  return find(kAlarms, code);
}
const CodeText& alarm_figure(Alarm of) {
  for (const CodeText& entry : kAlarmFigures) {
    if (entry.code == static_cast<std::uint16_t>(of)) return entry;
  }
  return kNoFigure;
}
const CodeText& describe(SelfTestPart code) {
  return find(kSelfTestParts, code);
}
const CodeText& describe(MotorDriverState code) {
  return find(kMotorDriverStates, code);
}
const CodeText& describe(LogCode code) {
  return find(kLogCodes, code);
}
const CodeText& describe(ResetCause code) {
  return find(kResetCauses, code);
}
const CodeText& describe(Role code) {
  return find(kRoles, code);
}

}  // namespace pumpfw::protocol
