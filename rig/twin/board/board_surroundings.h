// What surrounds a board in tests and benchmarks: a motor driver, a rotor, converters and a telemetry line, each as simple as it can be,
// and the time that they share. No physics.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "firmware/protocol/envelope.h"
#include "firmware/protocol/frame.h"
#include "rig/twin/board/board_port.h"
#include "rig/twin/motor_driver/tmc2209.h"

namespace pumprig::twin {

class BoardSurroundings {
 public:
  explicit BoardSurroundings(BoardPort& board) : board_(board) {}
  virtual ~BoardSurroundings() = default;
  BoardSurroundings(const BoardSurroundings&) = delete;
  BoardSurroundings& operator=(const BoardSurroundings&) = delete;

  // Resets the board, `dead` ticks after the present; without one the board has just reset itself.
  Status boot(pumpfw::hal::ResetCause cause, Tick dead = 0);
  // Lets everything due until this tick of the board happen; ends early when the board has been reset.
  Status go_to(Tick at);
  bool reset_requested() const { return out_.reset_requested; }

  Tick here() const { return here_; }  // since the boot: until here everything has happened
  Tick rtc() const { return elapsed_before_ + here_; }
  std::uint64_t wakes() const { return wakes_; }
  std::uint64_t steps() const { return steps_; }
  std::uint64_t resets() const { return resets_; }
  std::uint64_t replies() const { return replies_; }  // wakes with telemetry from the pump

  // Each reaches the board one tick later.
  void send_bytes(ByteView bytes);
  template <typename Message>
  void send(pumpfw::protocol::Role role, const Message& message) {
    send_bytes(request(role, message, ++nonce_));
  }

 protected:
  // A request as a frame, in a session of its own.
  template <typename Message>
  Bytes request(pumpfw::protocol::Role role, const Message& message, std::uint32_t nonce) {
    namespace protocol = pumpfw::protocol;
    std::array<std::uint8_t, protocol::kMaxBody> body{};
    std::array<std::uint8_t, protocol::kMaxPayload> sealed{};
    Bytes framed(protocol::kMaxFrame);
    protocol::Session session(protocol::Direction::kToPump, role, ++session_);
    const std::size_t size = protocol::write_request(nonce, message, body);
    const std::size_t sealed_size = session.seal(std::span(body).first(size), sealed);
    framed.resize(protocol::encode_frame(std::span(sealed).first(sealed_size), framed));
    return framed;
  }

  // For those who keep what goes in and what comes out.
  virtual void before_wake() {}
  virtual void after_wake() {}
  virtual void pulse_went_out() {}

  Status wake(Tick at);
  void step();  // the armed pulse

  BoardPort& board_;
  BoardInput in_;
  BoardOutput out_;
  Tmc2209 chip_;
  std::uint32_t nonce_ = 0;
  Tick here_ = 0;
  Tick elapsed_before_ = 0;  // of the real-time clock, at the boot
  std::optional<Tick> step_at_;
  bool rotor_stuck_ = false;
  std::uint16_t pressure_counts_ = 683;  // 0 kPa

 private:
  void obey();

  std::optional<Tick> reply_at_;  // of chip or converters
  Bytes chip_reply_;
  std::uint32_t session_ = 100;
  std::uint64_t wakes_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t resets_ = 0;
  std::uint64_t replies_ = 0;
};

}  // namespace pumprig::twin
