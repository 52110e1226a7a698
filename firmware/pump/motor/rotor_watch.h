// Compares the rotor's counts with the steps: missing counts (REQ-404) and backward ones (REQ-110).
// A count may show up one step late without being called missing.
#pragma once

#include <cstdint>

namespace pumpfw {

class RotorWatch {
 public:
  static constexpr std::uint8_t kMissingForStall = 3;
  static constexpr std::int32_t kBackwardForReverse = 2;

  enum class Finding : std::uint8_t { kFine, kStall, kReverse };

  // Starts anew from `count`: after a reset, a resume and each recovery.
  void restart(std::int32_t count) {
    last_ = furthest_ = count;
    missing_ = 0;
  }

  // A step went out and the counter reads `count`. Differences are taken modulo 2^32: the hardware counter wraps.
  Finding after_step(std::int32_t count) {
    const std::int32_t moved = difference(count, last_);
    last_ = count;
    if (moved > 0) {
      missing_ = 0;
    } else if (missing_ < 255) {
      ++missing_;
    }
    if (backward(count) >= kBackwardForReverse) return Finding::kReverse;
    return missing_ >= kMissingForStall ? Finding::kStall : Finding::kFine;
  }

  // The counter reads `count` at a wake without a step.
  Finding between_steps(std::int32_t count) { return backward(count) >= kBackwardForReverse ? Finding::kReverse : Finding::kFine; }

  std::uint8_t missing() const { return missing_; }
  std::int32_t last() const { return last_; }

  static std::int32_t difference(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
  }

 private:
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
};

}  // namespace pumpfw
