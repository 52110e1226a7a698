// What the pump's logic is told about its board, from what the board was told when it started.
#pragma once

#include <algorithm>

#include "firmware/boards/lockstep/wire.h"
#include "firmware/pump/pump.h"

namespace pumpfw::lockstep {

inline Pump::Config pump_config(const StartFacts& start, bool test_image) {
  Pump::Config config;
  static_assert(sizeof config.build.board_serial.chars == kSerialSize);
  config.build.board_serial.chars = start.serial;
  config.build.image_hash = start.image_hash;
  config.build.test_image = test_image;
  return config;
}

}  // namespace pumpfw::lockstep
