// Judges the outlet pressure after every step against the programmed trip (REQ-406). Gauge pascals.
#pragma once

#include <cstdint>

#include "firmware/hal/board_facts.h"

namespace pumpfw {

constexpr std::int32_t outlet_pa(std::uint16_t counts) {
  return hal::kOutletZeroPa + static_cast<std::int32_t>(std::int64_t{counts} * hal::kOutletSpanPa / hal::kAdcFullScale);
}

class OcclusionWatch {
 public:
  void set_trip(std::int32_t trip_pa) {
    // Rounded to the nearest count: half a count is 37 Pa.
    const std::int64_t scaled = std::int64_t{trip_pa - hal::kOutletZeroPa} * hal::kAdcFullScale;
    trip_counts_ = static_cast<std::uint16_t>((scaled + hal::kOutletSpanPa / 2) / hal::kOutletSpanPa);
  }
  bool trips(std::uint16_t counts) const { return counts >= trip_counts_; }

 private:
  std::uint16_t trip_counts_ = 0xFFFF;
};

}  // namespace pumpfw
