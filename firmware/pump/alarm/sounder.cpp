#include "firmware/pump/alarm/sounder.h"

namespace pumpfw {
namespace {
constexpr Tick kHalf = kSecond / 2;
constexpr std::uint8_t kCriticalPhases = 6;  // 3 s
}  // namespace

void Sounder::play(Tick now, Pattern pattern) {
  playing_ = pattern;
  phase_ = 0;
  next_change_ = now;
}

bool Sounder::test(Tick now) {
  if (playing_ != Pattern::kNone) return false;
  play(now, Pattern::kCritical);
  test_goes_on_ = true;
  return true;
}

void Sounder::begin(Tick now, Pattern pattern) {
  test_goes_on_ = false;
  play(now, pattern);
  if (pattern == Pattern::kCritical) {
    next_critical_ = now + critical_repeat_;
  } else {
    next_noncritical_ = now + noncritical_repeat_;
  }
}

void Sounder::announce(Tick now, bool critical) {
  if (critical) {
    critical_ = true;
    silent_until_ = 0;
    begin(now, Pattern::kCritical);
    return;
  }
  noncritical_ = true;
  if (!critical_ && now >= silent_until_) {
    begin(now, Pattern::kNonCritical);
  } else {
    next_noncritical_ = now;  // sounds when nothing critical stands and no silence holds any more
  }
}

void Sounder::set_standing(Tick now, bool critical, bool noncritical) {
  critical_ = critical;
  noncritical_ = noncritical;
  if (!critical) next_critical_ = kNever;
  if (!noncritical) next_noncritical_ = kNever;
  if (test_goes_on_) return;
  const bool stale = (playing_ == Pattern::kCritical && !critical) || (playing_ == Pattern::kNonCritical && !noncritical);
  if (stale) {
    phase_ = kCriticalPhases;  // run() ends the pattern
    next_change_ = now;
  }
}

void Sounder::silence(Tick now, Tick span) {
  silent_until_ = now + span;
  test_goes_on_ = false;
  if (playing_ == Pattern::kNone || span == 0) return;
  phase_ = kCriticalPhases;  // run() ends the pattern
  next_change_ = now;
}

bool Sounder::run(Tick now) {
  if (playing_ == Pattern::kNone && next_repeat() <= now) begin(now, critical_ ? Pattern::kCritical : Pattern::kNonCritical);
  if (playing_ == Pattern::kNone || now < next_change_) return false;
  const hal::Tone before = tone_;
  if (playing_ == Pattern::kCritical && phase_ < kCriticalPhases) {
    tone_ = phase_ % 2 == 0 ? hal::Tone::kLow : hal::Tone::kHigh;
    next_change_ += kHalf;
  } else if (playing_ == Pattern::kNonCritical && phase_ == 0) {
    tone_ = hal::Tone::kLow;
    next_change_ += kSecond;
  } else {
    tone_ = hal::Tone::kOff;
    playing_ = Pattern::kNone;
    next_change_ = kNever;
    if (test_goes_on_) {
      test_goes_on_ = false;
      play(now + kHalf, Pattern::kNonCritical);  // half a second of silence between the two
      return tone_ != before;
    }
  }
  ++phase_;
  return tone_ != before;
}

}  // namespace pumpfw
