#include "firmware/boards/host/hosted.h"
#include "firmware/boards/lockstep/pump_config.h"
#include "firmware/pump/pump.h"

namespace pumpfw::host {

std::unique_ptr<HostFirmware> make_pump(std::span<std::uint8_t> nvm, std::span<std::uint8_t> images, const BoardFacts& facts) {
  Pump::Config config = lockstep::pump_config(facts.start, facts.test_image);
  config.mutant = facts.mutant;
  return std::make_unique<Hosted<Pump>>(nvm, images, facts, config);
}

}  // namespace pumpfw::host
