#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::cell_film {
namespace {
constexpr double kFilmOhm = 300;
}

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "cell_film",
      .summary = "a film in the cell adds 300 ohm to its inner resistance: each step pulls its voltage down by 0.3 V",
      .parameters = {},
      .inject = [](const FaultTarget& target, FaultValues&) { target.board.set_cell_film_ohm(kFilmOhm); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.board.set_cell_film_ohm(0); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::cell_film
