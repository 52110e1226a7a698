#include "firmware/boards/host/hosted.h"
#include "firmware/hal/contract/contract_probe.h"

namespace pumpfw::host {

std::unique_ptr<HostFirmware> make_contract_probe(std::span<std::uint8_t> nvm, const BoardFacts& facts) {
  return std::make_unique<Hosted<hal::ContractProbe>>(nvm, facts);
}

}  // namespace pumpfw::host
