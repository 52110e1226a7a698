// What the buzzer does: one signal at a time, that of the highest class standing (REQ-401 … REQ-403).
// Critical: low and high tone in turn, six of half a second. Non-critical: one low tone of a second. Both repeat until cleared.
#pragma once

#include <cstdint>

#include "firmware/hal/hal.h"
#include "firmware/pump/base/units.h"

namespace pumpfw {

class Sounder {
 public:
  void set_repeats(std::uint16_t critical_min, std::uint16_t noncritical_min) {
    critical_repeat_ = critical_min * kMinute;
    noncritical_repeat_ = noncritical_min * kMinute;
  }

  // An alarm of that class has come: it sounds now, unless something higher is sounding.
  void announce(Tick now, bool critical);
  // Which classes still stand; what no longer stands falls silent at once.
  void set_standing(Tick now, bool critical, bool noncritical);

  // Both patterns, one after the other, whatever is silenced (REQ-411). False while an alarm sounds.
  bool test(Tick now);

  // No sound for `span`; a new critical alarm ends the silence.
  void silence(Tick now, Tick span);

  // Advances the pattern. Returns true when the tone has changed; the tone is then tone().
  bool run(Tick now);
  hal::Tone tone() const { return tone_; }
  // When run() has something to do next.
  Tick due() const { return playing_ != Pattern::kNone ? next_change_ : next_repeat(); }

 private:
  enum class Pattern : std::uint8_t { kNone, kCritical, kNonCritical };

  void begin(Tick now, Pattern pattern);
  void play(Tick now, Pattern pattern);
  Tick next_repeat() const {
    const Tick next = critical_ ? next_critical_ : noncritical_ ? next_noncritical_ : kNever;
    return next < silent_until_ ? silent_until_ : next;
  }

  Tick critical_repeat_ = 10 * kMinute;
  Tick noncritical_repeat_ = 60 * kMinute;
  bool critical_ = false;
  bool noncritical_ = false;
  Pattern playing_ = Pattern::kNone;
  bool test_goes_on_ = false;  // the second pattern follows the first
  std::uint8_t phase_ = 0;
  hal::Tone tone_ = hal::Tone::kOff;
  Tick next_change_ = kNever;
  Tick next_critical_ = kNever;
  Tick next_noncritical_ = kNever;
  Tick silent_until_ = 0;
};

}  // namespace pumpfw
