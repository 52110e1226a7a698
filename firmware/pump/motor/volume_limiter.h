// Independent of the therapy code: knows the prescription from its own copy of the program, works out by its own rules what may have gone
// out, counts pulses, and says when more than 10 µL above it have (REQ-705). So a wrong rate does not pass, however legal it is for the
// motor. What was not delivered is not saved up: a pause gives no right to more later.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/protocol/messages.h"
#include "firmware/pump/base/twice.h"
#include "firmware/pump/base/units.h"
#include "firmware/pump/mutant.h"

namespace pumpfw {

class VolumeLimiter {
 public:
  static constexpr std::uint64_t kExcessSteps = 10'000 * 2 / kHalfNanolitresPerStep;  // 10 µL

  explicit VolumeLimiter(Mutation mutation) : mutation_(mutation) {}

  // Its own copy of the prescription, checked like the therapy's.
  void load(Tick now, const protocol::Program& copy);
  const protocol::Program& copy() const { return copy_; }
  // Local calendar ticks minus `now`'s ticks.
  void set_calendar(Tick now, std::int64_t offset_ticks);
  // Therapy runs, or must not.
  void run(Tick now, bool running);
  // What a clinician asks for, as the request says it and before the therapy code works anything out of it: the most that prime() and
  // grant_single() may then give. 0 takes it back.
  void ask(std::uint32_t nl);
  // What is in hand besides the base. Priming is at most what was asked for and fills the path; a bridge is that of the copy; 0 ends
  // either.
  void prime(Tick now, std::uint32_t steps);
  void bridge(Tick now, std::uint32_t steps);
  // A bolus has been granted: to the patient the dose of the copy, when by the copy the lockout and the day's count allow it; a clinician's
  // is what was asked for. What is given beyond that is excess. Unused steps are taken back when it ends.
  void grant(Tick now, std::uint32_t steps);
  void grant_single(Tick now, std::uint32_t steps);
  void end_bolus();
  // Boluses of the time before, the oldest first, for lockout and count: ticks on the clock of `now`, below 0 before the reset.
  void forget_boluses();
  void remember_bolus(std::int64_t instant);

  // False when the pulse at `at` makes more than the permitted excess.
  bool accept(Tick at);
  // A clinician knows of the excess: what is prescribed from here on is given.
  void forgive() { set_excess(0); }
  // Pulses that attempts may take now. Half of the permitted excess is theirs; then no more than the prescription leaves, and one.
  std::uint32_t room_for_attempts(Tick now);
  // The same of a pulse that only tries whether the rotor turns: it is none of a bolus, of priming or of a bridge.
  bool accept_attempt(Tick at);

  // What stands above the prescription, in whole steps, a begun one counts; and the same after a reset or a clinician's word.
  std::uint32_t excess_steps() const;
  void set_excess(std::uint32_t steps);

  // What it knows besides the copy, which has a checksum elsewhere.
  bool intact() const { return known_.intact() && begun_.intact(); }
  // After damage: as at a start, with nothing in hand; boluses whose memory is damaged are forgotten, for the pump to tell them anew.
  void mend(Tick now);

 private:
  static constexpr std::uint64_t kStep = kDay * kHalfNanolitresPerStep;  // one step in half nanolitres · ticks a day

  static constexpr std::uint8_t kBegun = 20;

  struct Known {
    std::int64_t calendar = 0;
    Tick at = 0;
    bool running = false;
    std::uint32_t prime = 0;
    std::uint32_t bridge = 0;
    std::uint32_t bolus = 0;
    std::int64_t bolus_ready = 0;  // not before may its steps go out
    Tick bolus_since = 0;          // 0: none runs
    std::uint32_t asked = 0;
    std::uint32_t timed = 0;  // steps left of a periodic bolus
    Tick timed_ready = 0;     // not before may the next one begin
    std::uint64_t excess = 0;
    friend constexpr bool operator==(const Known&, const Known&) = default;
  };
  // Begins of the last boluses, as many as a day may have.
  struct Begun {
    std::array<std::int64_t, kBegun> at{};
    std::uint8_t next = 0;
    std::uint8_t count = 0;
    friend constexpr bool operator==(const Begun&, const Begun&) = default;
  };

  void settle(Known& k, Tick now) const;
  // Half nanolitres a day at the local instant, and the ticks for which that holds.
  std::uint64_t rate_at(const Known& k, std::int64_t local_ticks, std::uint64_t& holds) const;
  bool paid(Known& k, Tick at) const;
  void give_back_timed(Known& k) const;
  static bool within(const Known& k) { return k.excess <= kExcessSteps * kStep; }

  [[no_unique_address]] Mutation mutation_;
  protocol::Program copy_;
  Twice<Known> known_;
  Twice<Begun> begun_;
};

}  // namespace pumpfw
