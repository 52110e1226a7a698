// The wired service link of a test image: puts the pump into the state from which a scenario starts, proves it, and resets the board.
#pragma once

#include "rig/clients/pump_session.h"

namespace pumprig::clients {

class ServiceTool {
 public:
  explicit ServiceTool(PumpSession& session) : session_(session) {}

  // Stops therapy, clears the alarms, establishes the state and reads it back. kUnsupported on a product image. kProtocol names every part
  // that differs; ages may have grown by the time that passed, volumes may differ by the rounding to steps.
  Task<Answer<protocol::StateReply>> establish(const DeviceState& state, bool erase_program = false);
  Task<Answer<protocol::StateReply>> read_state();

  // Resets the board and waits until it answers with a higher boot count, at most `patience` of the rig's time. kTimeout otherwise.
  Task<Answer<IdentifyReply>> reset(ResetKind kind = ResetKind::kSoftware, Duration patience = std::chrono::seconds(20));

 private:
  PumpSession& session_;
};

// What differs between a state asked for and the one read back `elapsed` later: one phrase each, empty when nothing does.
std::string differences(const DeviceState& wanted, const DeviceState& found, Duration elapsed);

}  // namespace pumprig::clients
