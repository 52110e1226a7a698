#include "rig/clients/program_facts.h"

#include <gtest/gtest.h>

namespace pumprig::clients {
namespace {

Program at_rate(std::uint32_t nl_per_day) {
  Program program;
  program.basal_rate_nl_per_day = nl_per_day;
  program.occlusion_trip_pa = 93'000;  // and the 7 kPa that it may be off: 100 kPa
  return program;
}

// 0.2 µL/kPa and 100 kPa are 20 µL: 10 h at 0.048 mL/day, 57.6 min at 0.5, 28.8 min at 1 and 72 s at 24; then the 10 s of the alarm.
TEST(OcclusionBound, IsComplianceTimesPressureByTheRate) {
  EXPECT_NEAR(occlusion_alarm_within_s(at_rate(48'000)), 36'000 + 10, 1e-6);
  EXPECT_NEAR(occlusion_alarm_within_s(at_rate(500'000)), 57.6 * 60 + 10, 1e-6);
  EXPECT_NEAR(occlusion_alarm_within_s(at_rate(1'000'000)), 28.8 * 60 + 10, 1e-6);
  EXPECT_NEAR(occlusion_alarm_within_s(at_rate(24'000'000)), 72 + 10, 1e-6);
}

TEST(OcclusionBound, GoesByTheSlowestRateThatTheBaseHas) {
  Program program = at_rate(0);
  EXPECT_EQ(occlusion_alarm_within_s(program), 0);
  program.mode = protocol::BasalMode::kMinimumRate;
  EXPECT_NEAR(occlusion_alarm_within_s(program), 80 * 3600 + 10, 1e-6);  // 20 µL at 6 µL/day
  program.mode = protocol::BasalMode::kDaySchedule;
  program.segments.count = 3;
  program.segments.items[0] = {0x7F, 0, 1'000'000};
  program.segments.items[1] = {0x7F, 420, 500'000};
  program.segments.items[2] = {0x7F, 600, 0};
  EXPECT_NEAR(occlusion_alarm_within_s(program), 57.6 * 60 + 10, 1e-6);
}

}  // namespace
}  // namespace pumprig::clients
