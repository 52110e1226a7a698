// What happens on a virtual pump board that no instrument tells: resets, and how late an emulated board was.
#pragma once

#include <string_view>

#include "rig/base/time.h"

namespace pumprig::twin {

class BoardEvents {
 public:
  virtual ~BoardEvents() = default;
  // `kind`: "reset", "late" or "overrun".
  virtual void board_event(TimePoint at, std::string_view kind, std::string_view text) = 0;
};

}  // namespace pumprig::twin
