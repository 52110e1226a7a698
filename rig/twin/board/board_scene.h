// A day in the life of one board, for tests and benchmarks: a motor driver, a rotor, converters and a programmer around it, each as simple
// as it can be, and everything that goes in and comes out kept as one row of bytes. No physics; the same seed gives the same day.
#pragma once

#include <cstdint>
#include <optional>

#include "firmware/protocol/envelope.h"
#include "rig/base/rng.h"
#include "rig/twin/board/board_port.h"
#include "rig/twin/motor_driver/tmc2209.h"

namespace pumprig::twin {

class BoardScene {
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
  std::uint64_t wakes() const { return wakes_; }
  std::uint64_t steps() const { return steps_; }
  std::uint64_t resets() const { return resets_; }
  std::uint64_t replies() const { return replies_; }  // wakes with telemetry from the pump

 private:
  Status boot(pumpfw::hal::ResetCause cause);
  Status wake(Tick at);
  void obey();
  void step();
  Status go_to(Tick at);  // lets everything due until this tick of the board happen
  void disturb();
  void program();
  void send_noise();
  template <typename Message>
  void send(pumpfw::protocol::Role role, const Message& message);
  void keep_input();
  void keep_output();

  BoardPort& board_;
  Config config_;
  Rng rng_;
  Tmc2209 chip_;
  BoardInput in_;
  BoardOutput out_;
  Tick here_ = 0;            // since the boot: until here everything has happened
  Tick elapsed_before_ = 0;  // of the real-time clock, at the boot
  std::optional<Tick> step_at_;
  std::optional<Tick> reply_at_;  // of chip or converters
  Bytes chip_reply_;
  std::uint32_t session_ = 100;
  std::uint32_t nonce_ = 0;
  bool rotor_stuck_ = false;
  std::uint16_t pressure_counts_ = 683;  // 0 kPa
  Bytes trace_;
  std::uint64_t wakes_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t resets_ = 0;
  std::uint64_t replies_ = 0;
};

}  // namespace pumprig::twin
