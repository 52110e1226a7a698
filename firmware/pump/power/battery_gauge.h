// How much charge has left the cell, and how long the rest lasts (REQ-502 … REQ-504). Counted from time and steps: the voltage of a lithium
// cell says little until it is nearly empty. Whole numbers only.
#pragma once

#include <cstdint>

#include "firmware/pump/base/units.h"

namespace pumpfw {

namespace cell {
inline constexpr std::uint64_t kCapacityUc = 4'320'000'000;      // 1.2 Ah
inline constexpr std::uint64_t kUsableUc = 4'212'000'000;        // to 2.2 V, 97.5 % of it
inline constexpr std::uint64_t kGoneAtDeliveryUc = 216'000'000;  // final test and storage
inline constexpr std::uint64_t kBaseNa = 12'000;                 // the board asleep
inline constexpr std::uint64_t kStepNc = 15'000;                 // one step
inline constexpr std::uint64_t kAirNc = 434;                     // one byte to or from the radio: 5 mA for 87 us
inline constexpr std::uint64_t kAirPerSaveUc = 10'000;           // what a reset may lose of it
inline constexpr std::uint16_t kReplaceMv = 2300;                // under load
inline constexpr std::uint16_t kEndMv = 2200;
}  // namespace cell

inline constexpr Tick kReplaceNotice = 90 * kDay;  // from the notice to the end of service
inline constexpr Tick kServiceLife = 2556 * kDay;  // 84 months, the shortest there are

// Charge that had left at an instant and a count of steps.
struct CellCount {
  std::uint64_t used_uc = cell::kGoneAtDeliveryUc;
  PumpTime at = kTimeOrigin;
  std::uint64_t steps = 0;

  std::uint64_t used_now_uc(PumpTime now, std::uint64_t steps_now) const {
    const std::uint64_t asleep_uc = now > at ? (now - at) / kSecond * cell::kBaseNa / 1000 : 0;
    const std::uint64_t stepped = steps_now > steps ? steps_now - steps : 0;
    return used_uc + asleep_uc + stepped * cell::kStepNc / 1000;
  }
};

// Mean current of a pump that makes so many steps a day.
constexpr std::uint64_t current_na(std::uint64_t steps_per_day) {
  return cell::kBaseNa + steps_per_day * cell::kStepNc / 86'400;
}

// Ticks for which the rest of the charge lasts at a current, with 20 % to spare.
constexpr Tick lasts(std::uint64_t used_uc, std::uint64_t current) {
  const std::uint64_t left_uc = used_uc < cell::kUsableUc ? cell::kUsableUc - used_uc : 0;
  return left_uc * 1000 * 5 / (current * 6) * kSecond;
}

constexpr std::uint16_t used_permille(std::uint64_t used_uc) {
  const std::uint64_t permille = (used_uc * 1000 + cell::kCapacityUc / 2) / cell::kCapacityUc;
  return static_cast<std::uint16_t>(permille < 1000 ? permille : 1000);
}

// Readings under load, ten of which make a value (REQ-501).
class LoadedVoltage {
 public:
  static constexpr std::uint8_t kReadings = 10;

  void begin() {
    left_ = kReadings;
    sum_ = 0;
  }
  bool running() const { return left_ != 0; }
  // True with the last one; then mv() holds.
  bool take(std::uint16_t reading_mv) {
    sum_ += reading_mv;
    if (--left_ != 0) return false;
    mv_ = static_cast<std::uint16_t>((sum_ + kReadings / 2) / kReadings);
    return true;
  }
  std::uint16_t mv() const { return mv_; }  // 0 before the first value

 private:
  std::uint8_t left_ = 0;
  std::uint32_t sum_ = 0;
  std::uint16_t mv_ = 0;
};

}  // namespace pumpfw
