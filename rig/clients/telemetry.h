// The words of the telemetry protocol as the rig's rooms use them, so that only this room includes the firmware's headers.
#pragma once

#include <string>

#include "firmware/protocol/messages.h"
#include "firmware/protocol/permissions.h"
#include "firmware/protocol/text.h"
#include "rig/base/result.h"
#include "rig/base/time.h"

namespace pumprig::clients {

namespace protocol = pumpfw::protocol;

using protocol::Alarm;
using protocol::BolusRecord;
using protocol::DeviceState;
using protocol::IdentifyReply;
using protocol::LogCode;
using protocol::LogEntry;
using protocol::MessageType;
using protocol::Program;
using protocol::ResetKind;
using protocol::Role;
using protocol::StatusCode;
using protocol::StatusReply;
using protocol::TherapyState;

// A reply with the instants between which the pump made it.
template <typename Fields>
struct Answer {
  Fields fields{};  // as they came; defaults where a refusal carries none
  StatusCode status = StatusCode::kOk;
  TimePoint first_requested{};  // when the first attempt left
  TimePoint requested{};        // when the attempt that was answered left
  TimePoint replied{};          // when the whole reply was there
  int attempts = 0;

  bool refused() const { return status != StatusCode::kOk; }
};

// kRefused with the words of the status: "the pump refused to start or resume therapy: the reservoir is empty [reservoir_empty]".
Error refusal(MessageType asked, StatusCode status);
// "name value name value …" of a record, by its list of fields.
std::string to_text(const StatusReply& message);
std::string to_text(const Program& message);
std::string to_text(const LogEntry& message);
std::string to_text(const DeviceState& message);

template <std::size_t N>
std::string to_text(const protocol::Text<N>& text) {
  return std::string(text.chars.data(), text.size());
}

inline double to_ul(std::uint32_t volume_nl) {
  return static_cast<double>(volume_nl) * 1e-3;
}
inline double pump_seconds(std::uint64_t ticks) {
  return static_cast<double>(ticks) / protocol::kTicksPerSecond;
}

}  // namespace pumprig::clients
