#include "rig/programmer/patient_words.h"

#include "rig/programmer/say.h"

namespace pumprig::programmer {

using clients::StatusCode;
using clients::TherapyState;

std::string patient_refusal_text(StatusCode reason) {
  switch (reason) {
    case StatusCode::kSelfTest:
      return "the pump is just starting; try again in a minute";
    case StatusCode::kCriticalAlarm:
      return "the pump has an alarm and gives no dose now; call your clinic";
    case StatusCode::kNoProgram:
      return "the pump has no prescription; call your clinic";
    case StatusCode::kTherapyStopped:
      return "the pump's therapy is stopped; call your clinic";
    case StatusCode::kPriming:
      return "the pump is being filled for its start; your clinic says when it is ready";
    case StatusCode::kBridging:
      return "the drug changes over";
    case StatusCode::kBolusDisabled:
      return "your prescription has no doses to ask for; call your clinic if you need one";
    case StatusCode::kRepeatedTooSoon:
      return "you asked a moment ago, and that dose was granted";
    case StatusCode::kBolusRunning:
      return "a dose is being given already";
    case StatusCode::kLockout:
      return "it is too soon after the last one";
    case StatusCode::kDailyCountReached:
      return "you have had all doses of 24 hours";
    case StatusCode::kHourCeilingReached:
      return "it would be more than your prescription allows in an hour";
    case StatusCode::kDayCeilingReached:
      return "it would be more than your prescription allows in 24 hours";
    case StatusCode::kReservoirTooLow:
      return "too little of the drug is left in the pump; call your clinic";
    default:
      return std::string(clients::protocol::describe(reason).text) + "; call your clinic";
  }
}

std::string patient_state_text(TherapyState state) {
  switch (state) {
    case TherapyState::kNotProgrammed:
      return "The pump has no prescription. Call your clinic.";
    case TherapyState::kStopped:
      return "The pump gives nothing: its therapy is stopped. Call your clinic.";
    case TherapyState::kRunning:
    case TherapyState::kPeriodicBolus:
      return "The pump gives your drug as prescribed.";
    case TherapyState::kBolus:
      return "The pump gives your drug as prescribed, and a dose beside it.";
    case TherapyState::kStallPause:
      return "The pump does not turn and gives nothing; it tries again every five minutes. Keep away from magnets, and call your clinic if "
             "it "
             "goes on.";
    case TherapyState::kHalted:
      return "The pump has stopped because of an alarm and gives nothing. Call your clinic now.";
    case TherapyState::kSelfTest:
      return "The pump is just starting.";
    case TherapyState::kMinimumRate:
      return "The pump turns at its lowest rate, as prescribed.";
    case TherapyState::kPriming:
      return "The pump is being filled for its start.";
    case TherapyState::kBridging:
      return "The pump changes over to another strength of your drug.";
  }
  return "The pump says something that this device does not know. Call your clinic.";
}

std::string patient_alarm_text(std::uint32_t alarm_bits) {
  if (alarm_bits == 0) return {};
  const bool critical = (alarm_bits & clients::protocol::kCriticalAlarms) != 0;
  return "Alarm: " + alarm_text(alarm_bits) + ". " + (critical ? "Call your clinic now." : "Tell your clinic.");
}

bool gives_doses(TherapyState state) {
  switch (state) {
    case TherapyState::kRunning:
    case TherapyState::kBolus:
    case TherapyState::kMinimumRate:
    case TherapyState::kPeriodicBolus:
      return true;
    default:
      return false;
  }
}

}  // namespace pumprig::programmer
