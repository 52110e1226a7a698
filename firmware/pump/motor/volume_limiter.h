// Independent of the therapy code: knows the prescription from its own copy of the program, works out by its own rules what may have gone
// out, counts pulses, and says when more than 10 µL above it have (REQ-705). So a wrong rate does not pass, however legal it is for the
// motor. What was not delivered is not saved up: a pause gives no right to more later.
#pragma once

#include <cstdint>

#include "firmware/protocol/messages.h"
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
  // What is in hand besides the base. Priming at most fills the path; a bridge is that of the copy; 0 ends either.
  void prime(Tick now, std::uint32_t steps);
  void bridge(Tick now, std::uint32_t steps);
  // A bolus of `steps` has been granted; unused ones are taken back when it ends.
  void grant(std::uint32_t steps) { bolus_ = steps; }
  void end_bolus() { bolus_ = 0; }

  // False when the pulse at `at` makes more than the permitted excess.
  bool accept(Tick at);

 private:
  static constexpr std::uint64_t kStep = kDay * kHalfNanolitresPerStep;  // one step in half nanolitres · ticks a day

  void settle(Tick now);
  // Half nanolitres a day at the local instant, and the ticks for which that holds.
  std::uint64_t rate_at(std::int64_t local_ticks, std::uint64_t& holds) const;
  bool paid(Tick at);

  [[no_unique_address]] Mutation mutation_;
  protocol::Program copy_;
  std::int64_t calendar_ = 0;
  Tick at_ = 0;
  bool running_ = false;
  std::uint32_t prime_ = 0;
  std::uint32_t bridge_ = 0;
  std::uint32_t bolus_ = 0;
  std::uint32_t timed_ = 0;  // steps left of a periodic bolus
  Tick timed_ready_ = 0;     // not before may the next one begin
  std::uint64_t excess_ = 0;
};

}  // namespace pumpfw
