// What drivers share: gap marks, the instant of a value, channel descriptions.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include "rig/base/sample.h"
#include "rig/instruments/instrument.h"

namespace pumprig::instruments {

// Notes a gap on the next sample of each channel.
class GapMarks {
 public:
  void mark() { marks_ = ~std::uint32_t{0}; }
  // The flags of a good sample of `channel` (below 32); takes the mark.
  std::uint8_t take(std::size_t channel, std::uint8_t flags = kSampleValid) {
    const std::uint32_t bit = std::uint32_t{1} << channel;
    if ((marks_ & bit) != 0) {
      marks_ &= ~bit;
      flags |= kSampleGapBefore;
    }
    return flags;
  }

 private:
  std::uint32_t marks_ = 0;
};

// The instant for which a device took its value: when the request's last bit had arrived, never after the answer.
inline TimePoint taken_at(TimePoint requested, TimePoint replied, std::size_t request_bytes, int baud) {
  const auto line = baud > 0 ? Duration(static_cast<std::int64_t>(request_bytes) * 10'000'000'000 / baud) : Duration{0};
  return std::min(requested + line, replied);
}

// A channel on which a verdict may rest, named by its quantity only.
inline ChannelInfo evidence_channel(std::string_view quantity, std::string_view unit, Uncertainty uncertainty,
                                    SampleKind kind = SampleKind::kPoint, double resolution = 0) {
  ChannelInfo info;
  info.name = quantity;
  info.unit = unit;
  info.uncertainty = uncertainty;
  info.kind = kind;
  info.resolution = resolution;
  info.evidence = true;
  return info;
}

inline bool contains(std::span<const std::size_t> channels, std::size_t channel) {
  return std::find(channels.begin(), channels.end(), channel) != channels.end();
}

}  // namespace pumprig::instruments
