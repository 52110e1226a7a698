// Drives one board as a campaign does: asks it over telemetry, counts the pulses that reach its motor, resets it, and leaves its memory as
// a reset in the middle of a turn leaves it. What it counts is its own; what the firmware says is an answer.
#pragma once

#include <string>
#include <vector>

#include "firmware/protocol/messages.h"
#include "rig/base/rng.h"
#include "rig/twin/board/board_surroundings.h"

namespace pumprig::twin {

class BoardPlayer final : public BoardSurroundings {
 public:
  using BoardSurroundings::BoardSurroundings;

  template <typename Reply>
  struct Answer {
    pumpfw::protocol::StatusCode status{};
    Reply fields;
    std::uint64_t steps = 0;  // pulses when it was given
    Tick at = 0;              // on the real-time clock
  };

  // Asks and waits for the answer; kTimeout when there is none within 2 s. `nonce` 0: a new one.
  template <typename Message>
  Result<Answer<typename Message::Reply>> ask(pumpfw::protocol::Role role, const Message& message, std::uint32_t nonce = 0) {
    if (nonce == 0) nonce = new_nonce();
    heard_.clear();
    send_bytes(request(role, message, nonce));
    TRY_ASSIGN(const Heard heard, await(Message::kType, nonce));
    Answer<typename Message::Reply> answer{heard.head.status, {}, heard.steps, heard.at};
    const bool refused = heard.fields.empty() && heard.head.status != pumpfw::protocol::StatusCode::kOk;
    if (!refused && !pumpfw::protocol::decode(heard.fields, answer.fields, pumpfw::protocol::Trailing::kIgnored)) {
      return fail(ErrorCode::kProtocol, "the pump's answer cannot be read", Message::kName);
    }
    return answer;
  }
  template <typename Message>
  Bytes frame(pumpfw::protocol::Role role, const Message& message, std::uint32_t nonce) {
    return request(role, message, nonce);
  }
  std::uint32_t new_nonce() { return ++nonce_; }
  std::size_t answers() const { return heard_.size(); }
  void forget_answers() { heard_.clear(); }

  Status wait(Tick ticks) { return go_to(here() + ticks); }
  Status wait_until_rtc(Tick instant) { return instant > rtc() ? wait(instant - rtc()) : Status{}; }
  // Stops serving the board; the armed pulse still goes out by itself. Its watchdog bites, and it boots.
  Status let_watchdog_bite();
  // The supply was off, or dipped: the motor driver has lost its registers too.
  Status reset(pumpfw::hal::ResetCause cause, Tick dead);

  // Pulses in (from, to] of the real-time clock.
  std::size_t pulses(Tick from, Tick to) const;

 private:
  struct Heard {
    pumpfw::protocol::ReplyHead head;
    Bytes fields;
    std::uint64_t steps = 0;
    Tick at = 0;
  };
  Result<Heard> await(pumpfw::protocol::MessageType type, std::uint32_t nonce);
  void after_wake() override;
  void pulse_went_out() override { pulses_.push_back(elapsed_before_ + in_.step_at); }

  std::vector<Tick> pulses_;
  std::vector<Heard> heard_;
};

// What a turn of the firmware has written, and how much of it stays when the supply goes in the middle of it.
struct Torn {
  bool program = false;  // a whole record of the new program is in the memory
  bool boluses = false;  // a whole record of the boluses
  std::string text;      // where it was cut
};
// Puts `memory` back to what it was `before` the turn, and then writes the turn's records again in the store's order, up to a random byte
// of a random one of them: boluses, program A and B, and the first of the state. The log, which comes last, is lost.
Torn tear(std::span<std::uint8_t> memory, ByteView before, Rng& rng);

}  // namespace pumprig::twin
