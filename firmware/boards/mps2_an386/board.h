// The board in lockstep with a rig: says what the logic did, stands still until the rig grants the next instant, sleeps until then on the
// real timer, and wakes the logic.
#pragma once

#include <cstdint>
#include <span>

#include "firmware/boards/lockstep/turn_hal.h"
#include "firmware/boards/lockstep/wire.h"
#include "firmware/boards/mps2_an386/registers.h"
#include "firmware/boards/mps2_an386/reset_cause.h"

namespace pumpfw::mps2 {

class Board {
 public:
  // Finds out why the processor was reset, greets the rig and waits for the first wake.
  void begin();
  const lockstep::StartFacts& facts() const { return facts_; }
  static std::span<std::uint8_t> nvm() { return {reinterpret_cast<std::uint8_t*>(kNvm), hal::kNvmSize}; }
  static std::span<std::uint8_t> images() { return {reinterpret_cast<std::uint8_t*>(kImages), lockstep::kImageMemory}; }

  template <typename Logic>
  [[noreturn]] void run(lockstep::TurnHal& hal, Logic& logic) {
    for (;;) idle(hal.turn(logic, wake_.now, wake_.rtc, wake_.events));
  }

 private:
  void idle(const lockstep::TurnOutput& out);
  lockstep::Header header(lockstep::Kind kind);
  void send(std::size_t size);
  // The next frame that answers the last one sent.
  lockstep::Header receive();
  std::span<const std::uint8_t> payload(const lockstep::Header& header) const;
  void take_wake(const lockstep::Header& header);
  [[noreturn]] void reset_as_told(const lockstep::Header& header);
  void answer_query();

  lockstep::StartFacts facts_;
  lockstep::WakeInput wake_;
  BootFacts boot_;
  std::uint32_t sequence_ = 0;
  std::uint8_t tx_[lockstep::kFrameCapacity];
  std::uint8_t rx_[lockstep::kFrameCapacity];
};

}  // namespace pumpfw::mps2
