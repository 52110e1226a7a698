// The pump board with the firmware in this process: the fast end of BoardPort.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "firmware/boards/host/host_firmware.h"
#include "rig/twin/board/board_port.h"

namespace pumprig::twin {

struct HostBoardConfig {
  std::string serial = "0";  // at most 16 characters, what the board says of itself
  std::uint64_t seed = 0;    // of entropy(); each boot draws its own stream from it
  bool test_image = true;    // its service link may establish a state
  pumpfw::Mutant mutant = pumpfw::Mutant::kNone;
  pumpfw::host::MakeFirmware firmware = pumpfw::host::make_pump;
};

// A board that has never been switched on, its memory full of zeros: call boot(kPowerOn) first.
// wake() fails with kInvalidArgument for an input that no board can get (see check_input in board_rules.h) and with kInternal when the
// firmware broke a rule of hal.h.
std::unique_ptr<BoardPort> make_host_board(const HostBoardConfig& config);

}  // namespace pumprig::twin
