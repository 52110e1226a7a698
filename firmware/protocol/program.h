// The program: what the pump gives and may give, whole. Volumes in nL, rates in nL/day.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/protocol/codes.h"
#include "firmware/protocol/crc32.h"
#include "firmware/protocol/fields.h"

namespace pumpfw::protocol {

inline constexpr std::size_t kMaxSegments = 48;  // of all weekdays together; at most 24 on one

// One piece of a day schedule: from `start_min` of the local day to the next piece of that weekday, or midnight.
struct Segment {
  static constexpr const char* kName = "Segment";
  std::uint8_t weekdays = 0;    // bit 0 Monday … bit 6 Sunday
  std::uint16_t start_min = 0;  // minute of the day
  std::uint32_t rate_nl_per_day = 0;
  static constexpr void fields(auto& v, auto& m) {
    v("weekdays", m.weekdays);
    v("start_min", m.start_min);
    v("rate_nl_per_day", m.rate_nl_per_day);
  }
  friend constexpr bool operator==(const Segment&, const Segment&) = default;
};

struct Program {
  static constexpr const char* kName = "Program";
  BasalMode mode = BasalMode::kContinuous;
  std::uint32_t basal_rate_nl_per_day = 0;  // 0 where the mode has rates of its own
  bool patient_bolus_enabled = false;
  std::uint32_t bolus_dose_nl = 0;
  std::uint32_t bolus_duration_s = 0;
  std::uint32_t bolus_lockout_s = 0;
  std::uint8_t bolus_max_per_24h = 0;
  std::uint32_t ceiling_1h_nl = 0;  // boluses and a full window of basal
  std::uint32_t ceiling_24h_nl = 0;
  std::uint32_t low_reservoir_threshold_nl = 2'000'000;
  std::int32_t occlusion_trip_pa = 70'000;
  std::uint16_t critical_repeat_min = 10;
  std::uint16_t noncritical_repeat_min = 60;
  std::uint32_t periodic_dose_nl = 0;
  std::uint32_t periodic_duration_s = 0;
  std::uint32_t periodic_interval_s = 0;
  std::uint16_t drug = 0;                     // number in the programmer's library; 0: not stated
  std::uint32_t concentration_ng_per_ml = 0;  // 0: not stated
  std::uint32_t pump_tube_nl = 0;             // reservoir to port; with the catheter the path; 0: not known
  std::uint32_t catheter_nl = 0;
  std::uint32_t bridge_volume_nl = 0;  // of another concentration that is still in the path; 0: no bridge
  std::uint32_t bridge_rate_nl_per_day = 0;
  List<Segment, kMaxSegments> segments;
  static constexpr void fields(auto& v, auto& m) {
    v("mode", m.mode);
    v("basal_rate_nl_per_day", m.basal_rate_nl_per_day);
    v("patient_bolus_enabled", m.patient_bolus_enabled);
    v("bolus_dose_nl", m.bolus_dose_nl);
    v("bolus_duration_s", m.bolus_duration_s);
    v("bolus_lockout_s", m.bolus_lockout_s);
    v("bolus_max_per_24h", m.bolus_max_per_24h);
    v("ceiling_1h_nl", m.ceiling_1h_nl);
    v("ceiling_24h_nl", m.ceiling_24h_nl);
    v("low_reservoir_threshold_nl", m.low_reservoir_threshold_nl);
    v("occlusion_trip_pa", m.occlusion_trip_pa);
    v("critical_repeat_min", m.critical_repeat_min);
    v("noncritical_repeat_min", m.noncritical_repeat_min);
    v("periodic_dose_nl", m.periodic_dose_nl);
    v("periodic_duration_s", m.periodic_duration_s);
    v("periodic_interval_s", m.periodic_interval_s);
    v("drug", m.drug);
    v("concentration_ng_per_ml", m.concentration_ng_per_ml);
    v("pump_tube_nl", m.pump_tube_nl);
    v("catheter_nl", m.catheter_nl);
    v("bridge_volume_nl", m.bridge_volume_nl);
    v("bridge_rate_nl_per_day", m.bridge_rate_nl_per_day);
    v("segments", m.segments);
  }
  friend constexpr bool operator==(const Program&, const Program&) = default;
};
// CRC-32 of the program's bytes on the wire. Goes with it from the programmer to the pump's memory and back.
constexpr std::uint32_t checksum(const Program& program) {
  std::array<std::uint8_t, max_size<Program>()> bytes{};
  const std::size_t size = encode(program, bytes);
  return crc32(std::span<const std::uint8_t>(bytes).first(size));
}

}  // namespace pumpfw::protocol
