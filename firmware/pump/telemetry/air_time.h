// How long the radio was on, and how much of that it may be on for strangers (REQ-607). Counted in bytes at the line's rate, in and out.
//
// What belongs to no session (noise, forged frames, wrong proofs, questions in the clear to a pump with keys) has 1 % of any hour. When
// that is used up the receiver goes off, and on again when half of it is more than an hour ago: whoever doles out his noise to keep the
// share at its edge would else switch it, and write into the log, with every bit that is free again.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/pump/base/units.h"

namespace pumpfw {

class AirTime {
 public:
  static constexpr std::uint32_t kBytesPerSecond = 11'520;  // 115200 baud, ten bits a byte
  static constexpr std::uint32_t kStrangersPerHour = 36 * kBytesPerSecond;

  void count(std::size_t bytes) { bytes_ += bytes; }
  // Of the bytes counted, those for strangers.
  void charge(Tick now, std::size_t bytes) {
    follow(now);
    strangers_ += bytes;
    in_bin_[bin_ % kBins] += static_cast<std::uint32_t>(bytes);
  }
  // Whether a receiver that is on may stay so, or one that is off may come back.
  bool allows(Tick now, bool is_on) {
    follow(now);
    std::uint64_t sum = 0;
    for (const std::uint32_t bytes : in_bin_) sum += bytes;
    return is_on ? sum < kStrangersPerHour : sum <= kStrangersPerHour / 2;
  }
  // When allows() may change by itself.
  Tick next_bin() const { return (Tick{bin_} + 1) * kBin; }
  // The hour begins anew.
  void forget_strangers() { in_bin_.fill(0); }

  std::uint32_t ms() const { return to_ms(bytes_); }
  std::uint32_t strangers_ms() const { return to_ms(strangers_); }

 private:
  static constexpr Tick kBin = 5 * kMinute;
  static constexpr std::uint32_t kBins = kHour / kBin + 1;  // so that any hour lies within them

  static std::uint32_t to_ms(std::uint64_t bytes) { return static_cast<std::uint32_t>(bytes * 1000 / kBytesPerSecond); }
  void follow(Tick now) {
    const auto bin = static_cast<std::uint32_t>(now / kBin);
    if (bin - bin_ >= kBins) in_bin_.fill(0);
    for (; bin_ < bin; ++bin_) in_bin_[(bin_ + 1) % kBins] = 0;
  }

  std::uint64_t bytes_ = 0;  // since the reset
  std::uint64_t strangers_ = 0;
  std::uint32_t bin_ = 0;
  std::array<std::uint32_t, kBins> in_bin_{};
};

}  // namespace pumpfw
