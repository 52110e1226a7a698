// States, alarms and refusals in the words of the patient's device: what they mean to who carries the pump, and whom to call.
#pragma once

#include <cstdint>
#include <string>

#include "rig/clients/programmer.h"

namespace pumprig::programmer {

// Why no dose is given: half a sentence.
std::string patient_refusal_text(clients::StatusCode reason);
// What therapy does: a sentence.
std::string patient_state_text(clients::TherapyState state);
// What stands, and whom to call; empty: no alarm stands.
std::string patient_alarm_text(std::uint32_t alarm_bits);
// Whether the pump grants doses in that state, as far as it goes by the state.
bool gives_doses(clients::TherapyState state);

}  // namespace pumprig::programmer
