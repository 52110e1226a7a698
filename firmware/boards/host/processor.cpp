// A host process has no RAM and no stack of the pump's own to look at.
#include "firmware/boards/lockstep/turn_hal.h"

namespace pumpfw::lockstep {

bool test_ram(std::uint32_t) {
  return true;
}

bool stack_intact() {
  return true;
}

}  // namespace pumpfw::lockstep
