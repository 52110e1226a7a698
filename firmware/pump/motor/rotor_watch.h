// Compares the rotor's counts with the steps: missing counts (REQ-404), backward ones (REQ-110), and more of them than there were steps.
// A count may show up one step late without being called missing.
//
// Three missing in a row are a stall. So is a shortfall of sixteen, of which every eighth step forgives one: more than 12.5 % of the steps
// missing, spread as they like. An overrun is 80 counts, 1 µL, more than the steps, of which every 128th step forgives one, for a sensor
// that now and then counts twice.
#pragma once

#include <cstdint>

namespace pumpfw {

class RotorWatch {
 public:
  static constexpr std::uint8_t kMissingForStall = 3;
  static constexpr std::int32_t kBackwardForReverse = 2;

  static constexpr std::uint32_t kMissingForShortfall = 16;
  static constexpr std::uint32_t kExtraForOverrun = 80;

  enum class Finding : std::uint8_t { kFine, kStall, kShortfall, kReverse, kOverrun };

  // Starts anew from `count`: after a reset, a resume and each recovery. An overrun is not forgotten over it.
  void restart(std::int32_t count) {
    last_ = furthest_ = count;
    missing_ = 0;
    owed_ = 0;
    lost_ = shortfall_ = 0;
    late_ = true;
  }
  // A clinician knows of the overrun.
  void forgive() { extra_ = 0; }

  // A step went out and the counter reads `count`. Differences are taken modulo 2^32: the hardware counter wraps.
  Finding after_step(std::int32_t count) {
    const std::int32_t moved = difference(count, last_);
    last_ = count;
    if (moved > 0) {
      missing_ = 0;
    } else if (missing_ < 255) {
      ++missing_;
    }
    balance(moved);
    if (backward(count) >= kBackwardForReverse) return Finding::kReverse;
    if (missing_ >= kMissingForStall) return Finding::kStall;
    if (extra_ >= kExtraForOverrun) return Finding::kOverrun;
    return shortfall_ >= kMissingForShortfall ? Finding::kShortfall : Finding::kFine;
  }

  // Steps before the last one that have turned out not to have moved the rotor.
  std::uint32_t lost() const { return lost_; }
  std::uint32_t shortfall() const { return shortfall_ > missing_ ? shortfall_ : missing_; }
  // What is still owed will not come: of a rotor that stands still.
  std::uint32_t write_off() {
    const auto owed = static_cast<std::uint32_t>(owed_);
    owed_ = 0;
    return owed;
  }

  // The counter reads `count` at a wake without a step.
  Finding between_steps(std::int32_t count) { return backward(count) >= kBackwardForReverse ? Finding::kReverse : Finding::kFine; }

  std::uint8_t missing() const { return missing_; }
  std::int32_t last() const { return last_; }

  static std::int32_t difference(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
  }

 private:
  static constexpr std::uint32_t kStepsPerMissing = 8;
  static constexpr std::uint32_t kStepsPerExtra = 128;

  void balance(std::int32_t moved) {
    constexpr std::int32_t kMost = 10'000;  // a counter that jumps is no sum
    owed_ += 1 - (moved > kMost ? kMost : moved < -kMost ? -kMost : moved);
    lost_ = 0;
    if (owed_ < 0) {
      // The first after a restart may be the late one of a step before it.
      extra_ += static_cast<std::uint32_t>(-owed_) - (late_ ? 1 : 0);
      owed_ = 0;
      late_ = false;
    } else if (owed_ > 1) {
      lost_ = static_cast<std::uint32_t>(owed_ - 1);
      shortfall_ += lost_;
      owed_ = 1;
    }
    ++steps_;
    if (steps_ % kStepsPerMissing == 0 && shortfall_ != 0) --shortfall_;
    if (steps_ % kStepsPerExtra == 0 && extra_ != 0) --extra_;
  }

  std::int32_t backward(std::int32_t count) {
    const std::int32_t ahead = difference(count, furthest_);
    if (ahead >= 0) {
      furthest_ = count;
      return 0;
    }
    return -ahead;
  }

  std::int32_t last_ = 0;
  std::int32_t furthest_ = 0;
  std::uint8_t missing_ = 0;
  bool late_ = false;       // a count of a step before the restart may still come
  std::int32_t owed_ = 0;   // steps without a count, of which one may come late
  std::uint32_t lost_ = 0;  // of the steps before, with the last one
  std::uint32_t shortfall_ = 0;
  std::uint32_t extra_ = 0;
  std::uint32_t steps_ = 0;
};

}  // namespace pumpfw
