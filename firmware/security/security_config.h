// What a pump tells its security.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "firmware/security/security_state.h"

namespace pumpfw::security {

using DeviceId = std::array<std::uint8_t, 16>;  // the board's serial number as Identify gives it

// Fills `out` with unpredictable bytes.
using Entropy = void (*)(void* context, std::span<std::uint8_t> out);

struct Config {
  DeviceId device{};
  bool wired = false;  // the port that it serves is a wire: keys may be given
  Entropy entropy = nullptr;
  void* entropy_context = nullptr;
};

}  // namespace pumpfw::security
