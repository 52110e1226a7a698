// One pump from its first power-on through resets, dips of its supply and cuts of its link, and whether it bore them.
//
// Judged by what was written, granted and counted at the motor: the program is the old one or the new one, whole; therapy is back at the
// programmed rate within 5 s; the ledger has lost at most 1 µL; a granted bolus neither goes on nor comes again; the lockout told is true.
#pragma once

#include <string>

#include "rig/twin/board/board_player.h"

namespace pumprig::twin {

struct LifeCounts {
  std::size_t granted = 0;
  std::size_t in_a_bolus = 0;  // resets while one ran
  std::size_t old_programs = 0, new_programs = 0;
  std::size_t grants_lost = 0, grants_kept = 0;  // whose answer was cut
  std::size_t alarms = 0;
};

// The error of an event is what was found, with the event as its place.
class BoardLife {
 public:
  BoardLife(BoardPort& board, std::uint64_t seed) : board_(board), player_(board), rng_(Rng::stream(seed, "resets of a board")) {}

  Status begin();  // with a blank memory; programmed, filled, started
  // Each lets time pass, perhaps asks for a program or a bolus, does what its name says, and judges.
  Status reset_somewhere();     // by pin, watchdog, the service link, or the power
  Status dip_somewhere();       // now and then two or three dips within 20 ms
  Status cut_link_somewhere();  // after any byte of a session that updates the program
  const LifeCounts& counts() const { return counts_; }

 private:
  Tick ticks(double from_s, double to_s);  // a random span
  pumpfw::protocol::Program another_program();
  template <typename... Arguments>
  tl::unexpected<Error> found(const char* what, const Arguments&... numbers) {
    std::string text = what;
    ((text += ' ' + std::to_string(numbers)), ...);
    return fail(ErrorCode::kRefused, text, story_);
  }

  Status do_something(bool& torn);
  Status write_program();
  Status request_bolus();
  Status cut_turn(const Bytes& frame, Torn& torn);
  Status reset(pumpfw::hal::ResetCause cause, bool torn);
  Status judge(Tick booted);
  Status judge_status(const pumpfw::protocol::StatusReply& told, Tick at, std::uint64_t steps, std::int64_t most_lost);
  Status judge_program();
  Status judge_boluses();
  Status judge_alarms(std::uint32_t alarm_bits);
  Status judge_rate(Tick from, Tick to);
  Status take_baseline();
  double lockout_left(Tick at) const;

  BoardPort& board_;
  BoardPlayer player_;
  Rng rng_;
  LifeCounts counts_;
  std::string story_;

  // What is true, whatever the pump says.
  pumpfw::protocol::Program program_;
  bool granted_ = false;
  Tick granted_at_ = 0;
  std::uint32_t granted_nonce_ = 0;
  std::size_t unasked_ = 0;       // resets that nobody asked for
  std::size_t unasked_sure_ = 0;  // of which the pump has had time to write a record
  bool unasked_now_ = false;
  std::uint64_t pulses_then_ = 0;  // when the ledger was looked at last
  pumpfw::protocol::StatusReply told_then_;
};

}  // namespace pumprig::twin
