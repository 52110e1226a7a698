// The HAL contract test's firmware on this board.
#include "firmware/boards/mps2_an386/board.h"
#include "firmware/boards/mps2_an386/placed.h"
#include "firmware/boards/mps2_an386/processor.h"
#include "firmware/hal/contract/contract_probe.h"

namespace {
pumpfw::mps2::Board board;
pumpfw::mps2::Placed<pumpfw::lockstep::TurnHal> hal_place;
pumpfw::mps2::Placed<pumpfw::hal::ContractProbe> probe_place;
}  // namespace

int main() {
  board.begin();
  auto& hal = hal_place.make(board.nvm(), board.images(), board.facts().entropy_seed, pumpfw::mps2::code());
  auto& probe = probe_place.make(hal);
  board.run(hal, probe);
}
