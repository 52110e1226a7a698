// Puts one logic class on the board of a host process.
#pragma once

#include <span>
#include <utility>

#include "firmware/boards/host/host_firmware.h"
#include "firmware/pump/reservoir/ledger.h"

namespace pumpfw::host {

template <typename Logic>
class Hosted final : public HostFirmware {
 public:
  template <typename... Arguments>
  Hosted(std::span<std::uint8_t> nvm, std::span<std::uint8_t> images, const BoardFacts& facts, Arguments&&... arguments)
      : hal_(nvm, images, facts.start.entropy_seed, facts.code), logic_(hal_, std::forward<Arguments>(arguments)...) {}

  const lockstep::TurnOutput& turn(hal::Tick now, hal::Tick rtc, const hal::Events& events) override {
    return hal_.turn(logic_, now, rtc, events);
  }

  std::span<std::uint8_t> guarded_ram() override {
    if constexpr (requires { logic_.ledger(); }) {
      // A bit flips where nobody may write.
      auto& ledger = const_cast<ReservoirLedger&>(logic_.ledger());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
      return {reinterpret_cast<std::uint8_t*>(&ledger), sizeof(ledger)};
    }
    return {};
  }

 private:
  lockstep::TurnHal hal_;
  Logic logic_;
};

}  // namespace pumpfw::host
