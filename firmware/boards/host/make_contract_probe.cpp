#include "firmware/boards/host/hosted.h"
#include "firmware/hal/contract/contract_probe.h"

namespace pumpfw::host {

std::unique_ptr<HostFirmware> make_contract_probe(std::span<std::uint8_t> nvm, std::span<std::uint8_t> images, const BoardFacts& facts) {
  return std::make_unique<Hosted<hal::ContractProbe>>(nvm, images, facts);
}

}  // namespace pumpfw::host
