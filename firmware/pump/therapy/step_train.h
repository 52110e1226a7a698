// Steps at an exact constant interval of numerator/denominator ticks. The remainder is carried, so the n-th step is due at
// start + n·numerator/denominator for ever, with no drift; the instant that a timer can hold is that, rounded up.
#pragma once

#include <cstdint>

#include "firmware/pump/base/units.h"

namespace pumpfw {

class StepTrain {
 public:
  // Sets the interval. `left` is the part of an interval still to pass from `now` on, in ticks/denominator: numerator for a whole one.
  // denominator > 0, numerator >= denominator.
  void start(Tick now, std::uint64_t numerator, std::uint32_t denominator, std::uint64_t left) {
    denominator_ = denominator;
    whole_ = numerator / denominator;
    part_ = static_cast<std::uint32_t>(numerator % denominator);
    due_ = now + left / denominator;
    due_part_ = static_cast<std::uint32_t>(left % denominator);
  }

  // As start() left it, and not beyond the next interval.
  bool intact(Tick now, std::uint64_t numerator, std::uint32_t denominator) const {
    return denominator_ == denominator && whole_ == numerator / denominator && part_ == numerator % denominator && due_ <= now + whole_ + 1;
  }

  // The instant of the next step, rounded up to a tick.
  Tick due() const { return due_ + (due_part_ != 0 ? 1 : 0); }

  void advance() {
    due_ += whole_;
    due_part_ += part_;
    if (due_part_ >= denominator_) {
      due_part_ -= denominator_;
      ++due_;
    }
  }

  // What is left of the running interval at `now`, in ticks/denominator; 0 when the step is due or late.
  std::uint64_t left(Tick now) const {
    if (now >= due_) return now == due_ ? due_part_ : 0;
    return (due_ - now) * denominator_ + due_part_;
  }

  // Moves the next step to the first due instant that is less than one interval before `now`. Returns how many steps that dropped.
  std::uint64_t drop_backlog(Tick now) {
    std::uint64_t dropped = 0;
    if (due_ + whole_ + 1 < now) {
      dropped = (now - due_) / (whole_ + 1);
      for (std::uint64_t i = 0; i < dropped; ++i) advance();
    }
    return dropped;
  }

 private:
  Tick due_ = 0;
  std::uint64_t whole_ = 1;
  std::uint32_t part_ = 0;
  std::uint32_t denominator_ = 1;
  std::uint32_t due_part_ = 0;
};

}  // namespace pumpfw
