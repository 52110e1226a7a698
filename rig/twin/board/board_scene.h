// A day in the life of one board, for tests and benchmarks: what surrounds it, a programmer and whatever disturbs it, with everything that
// goes in and comes out kept as one row of bytes. The same seed gives the same day.
#pragma once

#include <cstdint>

#include "rig/base/rng.h"
#include "rig/twin/board/board_surroundings.h"

namespace pumprig::twin {

class BoardScene final : public BoardSurroundings {
 public:
  struct Config {
    std::uint64_t seed = 1;
    Tick duration = 3600 * pumpfw::hal::kTicksPerSecond;
    std::uint32_t rate_nl_per_day = 500'000;
    bool disturbed =
        true;  // magnet, stuck rotor, pressure rise, patient's requests, noise on the link, resets, power cuts, at random instants
    bool keep_trace = true;
  };
  BoardScene(BoardPort& board, const Config& config);

  // Runs the day: switched on, programmed, started.
  Status run();

  const Bytes& trace() const { return trace_; }

 private:
  void before_wake() override;
  void after_wake() override;
  void disturb();
  void program();
  void send_noise();

  Config config_;
  Rng rng_;
  Bytes trace_;
};

}  // namespace pumprig::twin
