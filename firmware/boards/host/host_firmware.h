// The firmware inside a host process: its logic and the board's side of hal.h in one object, made anew at each reset.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "firmware/boards/lockstep/turn_hal.h"
#include "firmware/boards/lockstep/wire.h"
#include "firmware/pump/mutant.h"

namespace pumpfw::host {

// What a board knows about itself when it starts.
struct BoardFacts {
  lockstep::StartFacts start;
  bool test_image = true;  // see BuildInfo in firmware/pump/pump.h
  Mutant mutant = Mutant::kNone;
  hal::Code code;  // bytes that stand for its code; they outlive the firmware
};

class HostFirmware {
 public:
  virtual ~HostFirmware() = default;
  // One turn, see TurnHal. The answer is valid until the next one.
  virtual const lockstep::TurnOutput& turn(hal::Tick now, hal::Tick rtc, const hal::Events& events) = 0;
  // The volumes that it has counted, kept twice, where a bit may flip between two turns. Empty: it counts none.
  virtual std::span<std::uint8_t> guarded_ram() { return {}; }
};

// Makes one of the firmwares below; `nvm` (kNvmSize bytes) and `images` (kImageMemory bytes) outlive it.
using MakeFirmware = std::unique_ptr<HostFirmware> (*)(std::span<std::uint8_t> nvm, std::span<std::uint8_t> images,
                                                       const BoardFacts& facts);

std::unique_ptr<HostFirmware> make_pump(std::span<std::uint8_t> nvm, std::span<std::uint8_t> images, const BoardFacts& facts);
std::unique_ptr<HostFirmware> make_contract_probe(std::span<std::uint8_t> nvm, std::span<std::uint8_t> images, const BoardFacts& facts);

// SHA-256 over the firmware's sources as they were built.
std::string_view source_hash();

}  // namespace pumpfw::host
