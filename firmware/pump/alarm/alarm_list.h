// Which alarms stand. Two classes (REQ-401); a standing alarm keeps the instant it came.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/protocol/codes.h"
#include "firmware/pump/base/units.h"

namespace pumpfw {

using AlarmId = protocol::Alarm;

constexpr bool is_critical(AlarmId id) {
  return (protocol::kCriticalAlarms & protocol::bit(id)) != 0;
}

// Alarms that halt the drive until a clinician clears them. The others that are critical pause it (stall, driver) or follow from a stop.
constexpr bool is_latched(AlarmId id) {
  return id == AlarmId::kOcclusion || id == AlarmId::kReservoirEmpty || id == AlarmId::kReverseRotation || id == AlarmId::kOverSpeed ||
         id == AlarmId::kOverVolume || id == AlarmId::kMemory || id == AlarmId::kSelfTest || id == AlarmId::kBatteryEnd ||
         id == AlarmId::kOverInfusion;
}

// Alarms that a clinician's word ends though nothing has changed: notices, and what has happened once.
constexpr bool is_notice(AlarmId id) {
  return id == AlarmId::kReservoirLow || id == AlarmId::kBatteryReplace || id == AlarmId::kResets;
}

class AlarmList {
 public:
  static constexpr std::uint8_t kSize = static_cast<std::uint8_t>(AlarmId::kCount);

  // False when it stands already.
  bool raise(AlarmId id, PumpTime at) {
    if (active(id)) return false;
    mask_ |= bit(id);
    since_[static_cast<std::size_t>(id)] = at;
    return true;
  }
  // False when it did not stand.
  bool clear(AlarmId id) {
    if (!active(id)) return false;
    mask_ &= ~bit(id);
    return true;
  }

  bool active(AlarmId id) const { return (mask_ & bit(id)) != 0; }
  bool any() const { return mask_ != 0; }
  bool any_critical() const { return (mask_ & kCriticalMask) != 0; }
  bool any_noncritical() const { return (mask_ & ~kCriticalMask) != 0; }
  bool any_latched() const { return (mask_ & kLatchedMask) != 0; }
  std::uint32_t mask() const { return mask_; }
  std::uint32_t latched_mask() const { return mask_ & kLatchedMask; }
  // What stands over a reset until a clinician's word.
  std::uint32_t kept_mask() const { return mask_ & (kLatchedMask | bit(AlarmId::kResets)); }
  PumpTime since(AlarmId id) const { return since_[static_cast<std::size_t>(id)]; }

  static constexpr std::uint32_t bit(AlarmId id) { return 1U << static_cast<unsigned>(id); }

 private:
  static constexpr std::uint32_t mask_of(bool (*belongs)(AlarmId)) {
    std::uint32_t mask = 0;
    for (std::uint8_t i = 0; i < kSize; ++i) {
      if (belongs(static_cast<AlarmId>(i))) mask |= bit(static_cast<AlarmId>(i));
    }
    return mask;
  }
  static const std::uint32_t kCriticalMask;
  static const std::uint32_t kLatchedMask;

  std::uint32_t mask_ = 0;
  std::array<PumpTime, kSize> since_{};
};

inline constexpr std::uint32_t AlarmList::kCriticalMask = AlarmList::mask_of(is_critical);
inline constexpr std::uint32_t AlarmList::kLatchedMask = AlarmList::mask_of(is_latched);

}  // namespace pumpfw
