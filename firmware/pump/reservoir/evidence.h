// What the reservoir's own sensor says of the delivery, where the model has one: measured against counted (REQ-307, REQ-408, REQ-409).
//
// Readings ten minutes apart. An hour of them and a day of them at a time are compared; a refill or a reset begins anew.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/pump/base/units.h"

namespace pumpfw {

// At one instant: what the sensor reads, and what has been pumped since the first power-on by the steps.
struct VolumeReading {
  std::uint32_t measured_nl = 0;
  std::uint64_t counted_nl = 0;
};

// The readings of the last N - 1 intervals.
template <std::size_t N>
class VolumeWindow {
 public:
  void clear() { count_ = oldest_ = 0; }
  void add(const VolumeReading& reading) {
    if (count_ < N) {
      readings_[count_++] = reading;
      return;
    }
    readings_[oldest_] = reading;
    oldest_ = (oldest_ + 1) % N;
  }
  bool full() const { return count_ == N; }
  bool empty() const { return count_ == 0; }
  const VolumeReading& oldest() const { return readings_[count_ < N ? 0 : oldest_]; }
  const VolumeReading& newest() const { return count_ < N ? readings_[count_ - 1] : readings_[(oldest_ + N - 1) % N]; }

 private:
  std::array<VolumeReading, N> readings_{};
  std::size_t oldest_ = 0;
  std::size_t count_ = 0;
};

class FlowEvidence {
 public:
  static constexpr Tick kPeriod = 10 * kMinute;
  static constexpr std::uint32_t kSlackNl = 10'000;  // REQ-408: unexpected in an hour; REQ-409: none for the time of so much
  static constexpr std::uint32_t kSensorNl = 1'000;  // one count: what the difference of two rounded readings may be wrong by

  static constexpr std::uint32_t kNeedleNl = 1'000'000;  // so much at once is a syringe that empties the reservoir for a refill …
  static constexpr std::uint8_t kNeedleReadings = 3;     // … unless nobody enters one by then

  // kNone: as counted. kUnknown: what was seen since the beginning is too little to say that it flows.
  enum class Finding : std::uint8_t { kNone, kUnknown, kOver, kUnder };

  void clear() {
    hour_.clear();
    day_.clear();
    since_day_ = 0;
    still_ = {};
    moved_ = false;
    needle_ = 0;
  }

  // Every kPeriod.
  Finding take(const VolumeReading& reading) {
    // Nothing but a refill puts more into it than was there: one that was not entered.
    if (!hour_.empty() && reading.measured_nl > hour_.newest().measured_nl + 10 * kSlackNl) clear();
    if (!hour_.empty() && went_out(hour_.newest(), reading) > counted(hour_.newest(), reading) + kNeedleNl) {
      return ++needle_ > kNeedleReadings ? Finding::kOver : Finding::kUnknown;
    }
    if (!moved_ || went_out(still_, reading) > kSensorNl) {
      still_ = reading;
      moved_ = true;
    }
    hour_.add(reading);
    if (since_day_ == 0) day_.add(reading);
    since_day_ = (since_day_ + 1) % kPerHour;
    if (too_much(hour_.oldest(), reading, kHourPermille, kSlackNl)) return Finding::kOver;
    if (day_.full() && too_much(day_.oldest(), reading, kDayPermille, 0)) return Finding::kOver;
    if (day_.full() && too_little(day_.oldest(), reading)) return Finding::kUnder;
    if (counted(still_, reading) >= kSlackNl + kSensorNl) return Finding::kUnder;
    return day_.full() ? Finding::kNone : Finding::kUnknown;
  }

 private:
  // Of an hour a sound pump's own accuracy is expected (REQ-103: 5 %), which no sensor tells from a leak; of a day up to 14.5 %.
  static constexpr std::uint64_t kHourPermille = 1'050;
  static constexpr std::uint64_t kDayPermille = 1'145;
  static constexpr std::size_t kPerHour = kHour / kPeriod;

  static std::uint64_t counted(const VolumeReading& from, const VolumeReading& to) {
    return to.counted_nl > from.counted_nl ? to.counted_nl - from.counted_nl : 0;
  }
  static std::uint64_t went_out(const VolumeReading& from, const VolumeReading& to) {
    return from.measured_nl > to.measured_nl ? from.measured_nl - to.measured_nl : 0;
  }
  // More than `permille` of what was counted, and `slack` besides.
  static bool too_much(const VolumeReading& from, const VolumeReading& to, std::uint64_t permille, std::uint64_t slack) {
    return went_out(from, to) * 1000 > counted(from, to) * permille + (slack + kSensorNl) * 1000;
  }
  // Less than 85.5 %.
  static bool too_little(const VolumeReading& from, const VolumeReading& to) {
    return (went_out(from, to) + kSensorNl) * 1000 < counted(from, to) * 855;
  }

  VolumeWindow<kPerHour + 1> hour_;
  VolumeWindow<24 + 1> day_;
  std::size_t since_day_ = 0;  // readings since the last one of the day's window
  VolumeReading still_;        // since when nothing has gone out
  bool moved_ = false;
  std::uint8_t needle_ = 0;  // readings since it was emptied
};

// REQ-307: more than 2.0 mL or 10 % apart, and further than the sensor itself may be off near the end.
constexpr bool ledger_disagrees(std::uint64_t counted_left_nl, std::uint64_t measured_nl) {
  constexpr std::uint64_t kLeastNl = 200'000;
  const std::uint64_t apart = counted_left_nl > measured_nl ? counted_left_nl - measured_nl : measured_nl - counted_left_nl;
  return apart > 2'000'000 || (apart > counted_left_nl / 10 && apart > kLeastNl);
}

}  // namespace pumpfw
