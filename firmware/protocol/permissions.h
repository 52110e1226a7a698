// Which role may ask for what. The pump decides by it; the rig's clients use it to say so before they ask.
#pragma once

#include "firmware/protocol/codes.h"

namespace pumpfw::protocol {

// patient: identify, status, bolus, silence. clinician: all of therapy. service: read-outs, the self test, and the service messages of a
// test image.
constexpr bool permitted(Role role, MessageType type) {
  switch (type) {
    case MessageType::kIdentify:
    case MessageType::kReadStatus:
    case MessageType::kOpenSession:
      return true;
    case MessageType::kRequestBolus:
      return role == Role::kPatient || role == Role::kClinician;
    case MessageType::kSilenceAlarm:
      return role == Role::kPatient || role == Role::kClinician;
    case MessageType::kReadProgram:
    case MessageType::kReadLog:
    case MessageType::kSelfTest:
      return role == Role::kClinician || role == Role::kService;
    case MessageType::kWriteProgram:
    case MessageType::kStartTherapy:
    case MessageType::kStopTherapy:
    case MessageType::kEnterReservoir:
    case MessageType::kClearAlarm:
    case MessageType::kSetClock:
    case MessageType::kPrime:
    case MessageType::kCancelPrime:
    case MessageType::kGiveBolus:
    case MessageType::kCancelBolus:
    case MessageType::kTestAlarm:
    case MessageType::kBeginImage:
    case MessageType::kImagePart:
    case MessageType::kFinishImage:
      return role == Role::kClinician;
    case MessageType::kEstablishState:
    case MessageType::kReadState:
    case MessageType::kResetDevice:
    case MessageType::kProvisionKeys:
      return role == Role::kService;
  }
  return false;
}

// Messages that exist on a test image only.
constexpr bool test_image_only(MessageType type) {
  return type == MessageType::kEstablishState || type == MessageType::kReadState || type == MessageType::kResetDevice;
}

// Messages that change nothing; they may be answered anew at every repetition.
constexpr bool reads_only(MessageType type) {
  return type == MessageType::kIdentify || type == MessageType::kReadStatus || type == MessageType::kReadProgram ||
         type == MessageType::kReadLog || type == MessageType::kReadState;
}

// Longest silence that each role may ask for, s.
inline constexpr unsigned kLongestPatientSilenceS = 30 * 60;
inline constexpr unsigned kLongestClinicianSilenceS = 24 * 3600;

}  // namespace pumpfw::protocol
