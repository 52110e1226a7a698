// What the pump's logic is told about its board, from what the board was told when it started.
#pragma once

#include <algorithm>

#include "firmware/boards/lockstep/test_image_key.h"
#include "firmware/boards/lockstep/wire.h"
#include "firmware/pump/pump.h"

namespace pumpfw::lockstep {

inline Pump::Config pump_config(const StartFacts& start, bool test_image) {
  Pump::Config config;
  static_assert(sizeof config.build.board_serial.chars == kSerialSize);
  config.build.board_serial.chars = start.serial;
  config.build.image_hash = start.image_hash;
  config.build.test_image = test_image;
  if (test_image) config.build.update_key = kTestImageKey;
  if (start.image_version != 0) {
    config.build.version_major = static_cast<std::uint8_t>(start.image_version >> 24);
    config.build.version_minor = static_cast<std::uint8_t>(start.image_version >> 16);
    config.build.version_patch = static_cast<std::uint16_t>(start.image_version);
  }
  return config;
}

}  // namespace pumpfw::lockstep
