// What holds on every board, so that both ends of BoardPort answer alike.
#pragma once

#include <cstdint>
#include <string>

#include "firmware/boards/lockstep/wire.h"
#include "rig/twin/board/board_port.h"

namespace pumprig::twin {

// Follows one board from boot to boot: where its clock stands, when its watchdog bites, which boot this is.
class BoardRules {
 public:
  void booted(pumpfw::hal::ResetCause cause);
  // kInvalidArgument: never booted, a clock that goes back, a first wake without kEventBoot or a later one with it, another reset cause
  // than boot() was told, memory events, or more bytes than a wake can carry.
  Status check_input(const BoardInput& input) const;
  // The board slept past the bite of its watchdog: it is reset and the firmware does not run.
  bool watchdog_bites(Tick now) const { return now > bite_; }
  // Fills `output` for a board that the watchdog has just reset; its deadline is the tick at which it bit.
  void bitten(BoardOutput& output);
  // Takes over a turn; kInternal names a broken rule of hal.h.
  Status finished(const BoardInput& input, const pumpfw::lockstep::TurnOutput& turn, BoardOutput& output);
  std::uint32_t boots() const { return boots_; }
  pumpfw::hal::ResetCause cause() const { return cause_; }
  bool first_wake() const { return first_wake_; }
  // What the board is told at this boot. `hash` are 64 hexadecimal digits, of the image that it was built with; another one that is active
  // in the memory for images stands in its place.
  pumpfw::lockstep::StartFacts start_facts(std::uint64_t seed, const std::string& serial, const std::string& hash,
                                           std::span<std::uint8_t> images) const;

 private:
  std::uint32_t boots_ = 0;  // since the board was made
  pumpfw::hal::ResetCause cause_ = pumpfw::hal::ResetCause::kPowerOn;
  bool awake_ = false;  // booted, and not reset since
  bool first_wake_ = true;
  Tick now_ = 0;
  Tick bite_ = 0;
};

// "the firmware broke a rule of its board: …"
std::string broken_rule(pumpfw::lockstep::Violation violation);

// The events of an input; spans point into it.
pumpfw::hal::Events to_events(const BoardInput& input);

}  // namespace pumprig::twin
