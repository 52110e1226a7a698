// The pump's firmware on this board in real time: a test image, whose service link may establish a state.
#include "firmware/boards/lockstep/pump_config.h"
#include "firmware/boards/mps2_an386/placed.h"
#include "firmware/boards/mps2_an386/processor.h"
#include "firmware/boards/mps2_an386/wire_board.h"
#include "firmware/pump/pump.h"

namespace {
pumpfw::mps2::Placed<pumpfw::lockstep::TurnHal> hal_place;
pumpfw::mps2::Placed<pumpfw::Pump> pump_place;
}  // namespace

int main() {
  auto& board = pumpfw::mps2::wire_board;
  board.begin();
  auto& hal = hal_place.make(board.nvm(), board.images(), board.facts().entropy_seed, pumpfw::mps2::code());
  auto& pump = pump_place.make(hal, pumpfw::lockstep::pump_config(board.facts(), true));
  board.run(hal, pump);
}
