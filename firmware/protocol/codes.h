// The numbers of the protocol that mean something: messages, roles, states, alarms, status codes, log codes. text.h gives each its words.
#pragma once

#include <cstdint>

namespace pumpfw::protocol {

// Who asks. Later suites bind a key to each.
enum class Role : std::uint8_t { kPatient = 1, kClinician = 2, kService = 3 };

enum class Direction : std::uint8_t { kToPump = 0, kFromPump = 1 };

// How a message is protected. kSealed: encrypted and authenticated with the keys of a session that kOpenSession began.
enum class Suite : std::uint8_t { kClear = 0, kSealed = 1 };

// 0x05–0x0F read-outs, 0x12–0x1F further program parts and staged updates, 0x27–0x2F therapy, 0x82–0x8F sessions and keys, 0x93–0x9F
// images: reserved.
enum class MessageType : std::uint8_t {
  kIdentify = 0x01,
  kReadStatus = 0x02,
  kSetClock = 0x03,
  kSelfTest = 0x04,
  kReadProgram = 0x10,
  kWriteProgram = 0x11,
  kStartTherapy = 0x20,
  kStopTherapy = 0x21,
  kRequestBolus = 0x22,
  kPrime = 0x23,
  kCancelPrime = 0x24,
  kGiveBolus = 0x25,
  kCancelBolus = 0x26,
  kEnterReservoir = 0x30,
  kReadLog = 0x40,
  kClearAlarm = 0x50,
  kSilenceAlarm = 0x51,
  kTestAlarm = 0x52,
  kEstablishState = 0x70,
  kReadState = 0x71,
  kResetDevice = 0x72,
  kOpenSession = 0x80,
  kProvisionKeys = 0x81,
  kBeginImage = 0x90,
  kImagePart = 0x91,
  kFinishImage = 0x92,
};

// Why a request was not done; kOk when it was. Groups of 32 by subject.
enum class StatusCode : std::uint16_t {
  kOk = 0,
  kBadLength = 1,
  kUnknownMessage = 2,
  kUnsupportedVersion = 3,
  kUnsupportedSuite = 4,
  kNotPermitted = 5,
  kTestImageOnly = 6,
  kBadChecksum = 7,
  kBadFieldValue = 8,
  kBusy = 9,
  kSelfTest = 10,
  kMemoryFault = 11,
  kInternalFault = 12,

  kRateOutOfRange = 32,
  kBolusDoseOutOfRange = 33,
  kBolusDurationOutOfRange = 34,
  kLockoutOutOfRange = 35,
  kBolusCountOutOfRange = 36,
  kCeilingOutOfRange = 37,
  kCombinedRateTooHigh = 38,
  kLowReservoirThresholdOutOfRange = 39,
  kOcclusionTripOutOfRange = 40,
  kAlarmRepeatOutOfRange = 41,
  kLockoutShorterThanBolus = 42,
  kScheduleIncomplete = 43,
  kPeriodicBolusOutOfRange = 44,
  kModeMismatch = 45,
  kPathVolumeOutOfRange = 46,
  kBridgeRequired = 47,
  kBridgeWrong = 48,
  kOtherDrug = 49,
  kConcentrationNotStated = 50,

  kNoProgram = 64,
  kTherapyStopped = 65,
  kCriticalAlarm = 66,
  kReservoirEmpty = 67,
  kMotorDriverFault = 68,
  kPriming = 69,
  kBridging = 70,
  kNothingRuns = 71,
  kTherapyRuns = 72,
  kClockNotSet = 73,

  kBolusDisabled = 96,
  kBolusRunning = 97,
  kRepeatedTooSoon = 98,
  kLockout = 99,
  kDailyCountReached = 100,
  kHourCeilingReached = 101,
  kDayCeilingReached = 102,
  kReservoirTooLow = 103,

  kVolumeAboveCapacity = 128,
  kModelMismatch = 129,

  kAlarmCauseStands = 160,
  kSilenceTooLong = 161,

  kStateOutOfRange = 192,
  kTooManyBoluses = 193,

  kNotAuthentic = 224,
  kAuthBackOff = 225,
  kSessionReplayed = 226,
  kNoKeys = 227,
  kByWireOnly = 228,

  kImageNotAuthentic = 256,
  kImageNotNewer = 257,
  kImageTooLarge = 258,
  kImageOutOfOrder = 259,
  kImageIncomplete = 260,
  kImageDamaged = 261,
  kNoImage = 262,
  kOtherModel = 263,
  kBatteryTooLow = 264,
};

enum class TherapyState : std::uint8_t {
  kNotProgrammed = 0,
  kStopped = 1,     // by a clinician
  kRunning = 2,     // basal
  kBolus = 3,       // basal and a bolus of the patient or the clinician
  kStallPause = 4,  // the rotor does not follow; tries again by itself
  kHalted = 5,      // by a critical alarm; a clinician must clear it
  kSelfTest = 6,
  kMinimumRate = 7,
  kPriming = 8,
  kBridging = 9,
  kPeriodicBolus = 10,  // basal and a timed bolus
};

// What a program's base is.
enum class BasalMode : std::uint8_t {
  kContinuous = 0,   // one rate
  kDaySchedule = 1,  // rates by weekday and minute of the day
  kPeriodic = 2,     // one rate, and a bolus at a constant interval
  kMinimumRate = 3,  // the lowest rate that keeps the rotor turning
};

// Bit numbers of StatusReply::alarm_bits.
enum class Alarm : std::uint8_t {
  kMotorStall = 0,
  kOcclusion = 1,
  kReservoirEmpty = 2,
  kReverseRotation = 3,
  kOverSpeed = 4,
  kOverVolume = 5,
  kMotorDriver = 6,
  kMemory = 7,
  kStoppedLong = 8,
  kSelfTest = 9,
  kReservoirLow = 10,
  kBatteryReplace = 11,
  kBatteryEnd = 12,
  kResets = 13,
  kTemperature = 14,
  kReservoirDisagrees = 15,
  kOverInfusion = 16,
  kUnderInfusion = 17,
  kUnderInfusionLong = 18,
  kClockNotSet = 19,
  kCount = 20,
};
constexpr std::uint32_t bit(Alarm alarm) {
  return 1U << static_cast<unsigned>(alarm);
}
inline constexpr std::uint32_t kNonCriticalAlarms = bit(Alarm::kReservoirLow) | bit(Alarm::kBatteryReplace) | bit(Alarm::kTemperature) |
                                                    bit(Alarm::kReservoirDisagrees) | bit(Alarm::kUnderInfusion) | bit(Alarm::kClockNotSet);
inline constexpr std::uint32_t kCriticalAlarms = (bit(Alarm::kCount) - 1) & ~kNonCriticalAlarms;

// What a self test looks at. Bit numbers of SelfTestReply.
enum class SelfTestPart : std::uint8_t {
  kStack = 0,        // nothing ever reached the far end of the stack
  kCode = 1,         // CRC of the firmware's code
  kRam = 2,          // patterns through the whole RAM
  kMemory = 3,       // a pattern through the non-volatile memory
  kPressure = 4,     // the outlet's sensor answers within its range
  kBattery = 5,      // the cell's voltage, likewise
  kTemperature = 6,  // the pump's temperature, likewise
  kReservoir = 7,    // the reservoir's sensor, where the model has one
  kClock = 8,        // the real-time clock goes as fast as the processor's
  kMotorDriver = 9,  // takes its settings and reports no fault
  kCount = 10,
};
constexpr std::uint16_t bit(SelfTestPart part) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(part));
}

// What the alarm `memory` and the log entry memory_repaired mean: the records, and what else is guarded.
enum class MemoryPart : std::uint8_t {
  kAnswer = 0,  // the memory does not answer
  kProgram = 1,
  kState = 2,
  kBoluses = 3,
  kSecurity = 4,
  kLedger = 5,   // counted volumes, in RAM
  kLimiter = 6,  // what the volume limiter knows, in RAM
  kPlan = 7,     // the therapy that is being given, in RAM
  kCode = 8,
  kStack = 9,
};

// What was found in the reservoir at a refill, against what the pump expected.
enum class Residual : std::uint8_t { kNotMeasured = 0, kFits = 1, kTooLittleLeft = 2, kTooMuchLeft = 3 };

enum class MotorDriverState : std::uint8_t { kUnknown = 0, kOff = 1, kReady = 2, kStarting = 3, kFault = 4, kNoAnswer = 5 };

enum class ImageKind : std::uint8_t { kProduct = 0, kTest = 1 };

enum class ResetCause : std::uint8_t { kPowerOn = 0, kPin = 1, kWatchdog = 2, kSoftware = 3, kBrownOut = 4 };

// The two arguments of a log entry are named behind each code.
enum class LogCode : std::uint16_t {
  kBoot = 1,                  // reset cause, boot count
  kSelfTestPassed = 2,        // 1 in full, 0 in short; before 2.2 always 0
  kSelfTestFailed = 3,        // part, 1 in full
  kProgramWritten = 4,        // revision, basal nL/day
  kProgramRefused = 5,        // status code, offending value
  kTherapyStarted = 6,        // basal nL/day
  kTherapyStopped = 7,        // role
  kBolusGranted = 8,          // nL, duration s
  kBolusRefused = 9,          // status code, lockout remaining s
  kBolusCompleted = 10,       // steps delivered
  kBolusCancelled = 11,       // steps delivered, steps not given
  kAlarmRaised = 12,          // alarm, a figure that belongs to it
  kAlarmCleared = 13,         // alarm, 0 by the pump itself or the role
  kAlarmSilenced = 14,        // s, role
  kReservoirEntered = 15,     // nL entered at a refill, nL expected before; before 2.1 also of a correction
  kStallRetry = 16,           // attempt
  kStallRecovered = 17,       // s without movement
  kBacklogDiscarded = 18,     // steps that were due and were not given
  kStateEstablished = 19,     // boluses in the history
  kResetRequested = 20,       // role
  kMemoryRepaired = 21,       // which copy
  kClockUncertain = 22,       // lockout restarted in full
  kBatteryLow = 23,           // mV
  kClockSet = 24,             // s that the calendar moved, role
  kPrimeStarted = 25,         // nL
  kPrimeEnded = 26,           // steps delivered, steps not given
  kBridgeStarted = 27,        // nL, nL/day
  kBridgeEnded = 28,          // steps delivered
  kPeriodicBolusGiven = 29,   // steps delivered, steps not given
  kClinicianBolusGiven = 30,  // nL, duration s
  kAlarmTested = 31,          // role
  kResidual = 32,             // nL found at a refill, nL expected
  kReservoirCorrected = 33,   // nL entered without a refill, nL expected before
  kDrugChanged = 34,          // number of the drug of the program accepted, its ng/mL
  kEntriesLost = 35,          // entries that came faster than the memory took them
  kAuthBackOff = 64,          // role, s
  kKeysProvisioned = 65,
  kKeysLost = 66,
  kImageBegun = 67,      // version as one number, bytes
  kImageRefused = 68,    // status code, version as one number
  kImageActivated = 69,  // version as one number
  kReceiverOff = 70,     // s that strangers have had of the radio since the reset
  kReceiverOpened = 71,
};

// 0: a software reset. kHang stops serving the watchdog (a test image only).
enum class ResetKind : std::uint8_t { kSoftware = 0, kHang = 1 };

}  // namespace pumpfw::protocol
