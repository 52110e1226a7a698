// The rules that a program must keep. A program that breaks any is refused whole.
#pragma once

#include <cstdint>

#include "firmware/protocol/messages.h"

namespace pumpfw {

using protocol::Program;
using protocol::StatusCode;

// REQ-101, REQ-107: basal range; and the most that basal and boluses may make together: 25 steps/s are 27 mL/day, less what the rounding
// of each interval up to a whole tick costs (kMinSpacing), so that the merged schedule never falls behind.
inline constexpr std::uint32_t kMinRateNlPerDay = 48'000;
inline constexpr std::uint32_t kMaxRateNlPerDay = 24'000'000;
inline constexpr std::uint64_t kCeilingNlPerDay = 26'990'000;
inline constexpr std::uint32_t kMinimumRateNlPerDay = 6'000;     // REQ-109: one step in 180 s
inline constexpr std::uint32_t kPrimeRateNlPerDay = 24'000'000;  // REQ-210

inline constexpr std::uint32_t kMinBolusNl = 250;  // 20 steps: at least the resolution of a dose's ±5 %
inline constexpr std::uint32_t kMaxBolusNl = 1'000'000;
inline constexpr std::uint32_t kMaxBolusDurationS = 24 * 3600;
inline constexpr std::uint32_t kMinLockoutS = 60;
inline constexpr std::uint32_t kMaxLockoutS = 24 * 3600;
inline constexpr std::uint8_t kMaxBolusesPerDay = 20;  // what one record of the history can hold
inline constexpr std::uint32_t kMaxCeilingNl = 27'000'000;
inline constexpr std::uint32_t kMinPeriodicIntervalS = 10 * 60;
inline constexpr std::uint32_t kMaxPeriodicIntervalS = 7 * 24 * 3600;
inline constexpr std::uint8_t kMaxSegmentsPerDay = 24;  // REQ-108

inline constexpr std::uint32_t kMinLowThresholdNl = 1'000'000;
inline constexpr std::uint32_t kMaxLowThresholdNl = 10'000'000;
inline constexpr std::int32_t kMinOcclusionTripPa = 10'000;
inline constexpr std::int32_t kMaxOcclusionTripPa = 138'000;  // 20 psi

inline constexpr std::uint32_t kMaxPathNl = 1'000'000;  // REQ-210: the most that is ever primed

// kOk, or the first rule that `program` breaks and the value that breaks it.
struct ProgramVerdict {
  StatusCode status = StatusCode::kOk;
  std::int64_t value = 0;
};
ProgramVerdict check(const Program& program);

// Steps in `duration_s` beside a base of `base_nl_per_day` keep the speed ceiling.
bool bolus_fits(std::uint32_t steps, std::uint64_t duration_s, std::uint64_t base_nl_per_day);

// Volume from the reservoir to the catheter's tip; 0 when the program does not state it.
constexpr std::uint32_t path_nl(const Program& program) {
  return program.pump_tube_nl == 0 || program.catheter_nl == 0 ? 0 : program.pump_tube_nl + program.catheter_nl;
}

}  // namespace pumpfw
