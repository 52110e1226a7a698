// The words for every number of the protocol: one table that both sides share. `name` is the one spelling in JSON, records and Python;
// `text` is a sentence for people. Unknown numbers get "unknown".
#pragma once

#include <cstdint>
#include <span>

#include "firmware/protocol/codes.h"

namespace pumpfw::protocol {

struct CodeText {
  std::uint16_t code;
  const char* name;
  const char* text;
};

// All that are known, rising by code.
std::span<const CodeText> message_types();
std::span<const CodeText> status_codes();
std::span<const CodeText> therapy_states();
std::span<const CodeText> basal_modes();
std::span<const CodeText> alarms();
std::span<const CodeText> self_test_parts();
std::span<const CodeText> motor_driver_states();
std::span<const CodeText> log_codes();
std::span<const CodeText> reset_causes();
std::span<const CodeText> roles();

const CodeText& describe(MessageType code);
const CodeText& describe(StatusCode code);
const CodeText& describe(TherapyState code);
const CodeText& describe(BasalMode code);
const CodeText& describe(Alarm code);
// The figure that the log keeps with an alarm that was raised: its unit, and what it is of; both empty where there is none.
const CodeText& alarm_figure(Alarm of);
const CodeText& describe(SelfTestPart code);
const CodeText& describe(MotorDriverState code);
const CodeText& describe(LogCode code);
const CodeText& describe(ResetCause code);
const CodeText& describe(Role code);

}  // namespace pumpfw::protocol
