// What an instrument says at an instant, and what the numbers of a channel mean. Instruments make samples, monitors judge them, the record
// keeps them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rig/base/time.h"

namespace pumprig {

// Bits of Sample::flags.
enum SampleFlag : std::uint8_t {
  kSampleValid = 1 << 0,      // the value may be used; without it only the instants count (a failed reading)
  kSampleSaturated = 1 << 1,  // at or beyond the end of the meter's range
  kSampleGapBefore = 1 << 2,  // at least one sample that should stand before this one was lost
};

struct Sample {
  TimePoint t{};          // a point: its instant; a mean: the end of its window (t - window, t]
  Duration window{0};     // 0 for a point
  double value = 0;       // in the unit of the channel
  TimePoint requested{};  // when the request left; where nothing was asked (a witness edge), t less what t may be wrong by
  TimePoint replied{};    // when the whole answer was there
  std::uint8_t flags = kSampleValid;

  constexpr bool valid() const { return (flags & kSampleValid) != 0; }
  constexpr bool saturated() const { return (flags & kSampleSaturated) != 0; }
  constexpr bool gap_before() const { return (flags & kSampleGapBefore) != 0; }
  // A value that came without a request, as an edge at a pin does.
  static constexpr Sample point(TimePoint t, double value) { return {t, Duration{0}, value, t, t, kSampleValid}; }
};

enum class SampleKind : std::uint8_t { kPoint, kMean };
constexpr std::string_view to_text(SampleKind k) {
  return k == SampleKind::kPoint ? "point" : "mean";
}
constexpr std::optional<SampleKind> sample_kind_from_text(std::string_view text) {
  if (text == "point") return SampleKind::kPoint;
  if (text == "mean") return SampleKind::kMean;
  return std::nullopt;
}

// Whose clock stamped the samples. A timing verdict names it.
enum class ClockName : std::uint8_t { kRig, kPump };
constexpr std::string_view to_text(ClockName c) {
  return c == ClockName::kRig ? "rig" : "pump";
}
constexpr std::optional<ClockName> clock_name_from_text(std::string_view text) {
  if (text == "rig") return ClockName::kRig;
  if (text == "pump") return ClockName::kPump;
  return std::nullopt;
}

// How far a value may be from the truth: ± the larger of an absolute part and a part of the reading, the form in which makers state it
// ("5 % of measured value or 0.3 % of full scale, whichever is larger").
struct Uncertainty {
  double absolute = 0;  // in the unit of the channel
  double relative = 0;  // 0.05 is 5 % of the reading
  // Of a cumulative channel: what the difference of two readings may be wrong by a minute between them (a totalizer sums the meter's zero
  // error too).
  double per_minute = 0;
  double at(double value) const { return std::max(absolute, relative * std::fabs(value)); }
  double of_difference(double difference, Duration apart) const {
    return std::max(at(difference), per_minute * std::chrono::duration<double, std::ratio<60>>(apart).count());
  }
  friend constexpr bool operator==(const Uncertainty&, const Uncertainty&) = default;
};

struct ChannelInfo {
  std::string name;        // "flow.flow": instrument, dot, quantity; unique in a run
  std::string unit;        // "uL/min", "kPa gauge", "degC", "1"
  std::string instrument;  // name on the bench: "flow"
  std::string source;      // what made it: "sensirion_shdlc LG16-0150D serial 1234"
  SampleKind kind = SampleKind::kPoint;
  Uncertainty uncertainty;
  bool evidence = false;  // may a verdict rest on it? Never for the pump's own word
  ClockName clock = ClockName::kRig;
  double resolution = 0;  // step of the values in the unit of the channel; 0 where unknown. A hint that makes the record smaller
};

}  // namespace pumprig
