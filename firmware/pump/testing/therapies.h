// Programs of every kind of therapy, and the commands that belong to them.
#pragma once

#include <initializer_list>

#include "firmware/pump/testing/programs.h"

namespace pumpfw::testing {

inline constexpr std::int64_t kMonday = std::int64_t{20'514} * kSecondsPerDay;  // 2026-03-02 00:00

inline Program schedule(std::initializer_list<protocol::Segment> segments) {
  Program program;
  program.mode = protocol::BasalMode::kDaySchedule;
  for (const protocol::Segment& segment : segments) program.segments.push(segment);
  return program;
}

// Workdays slow by night, weekends even.
inline Program week() {
  return schedule({{0x1F, 0, 480'000}, {0x1F, 420, 1'440'000}, {0x1F, 1320, 480'000}, {0x60, 0, 960'000}});
}

// Six times 12.5 µL a day beside a slow base.
inline Program periodic() {
  Program program = program_at(240'000);
  program.mode = protocol::BasalMode::kPeriodic;
  program.periodic_dose_nl = 12'500;
  program.periodic_duration_s = 600;
  program.periodic_interval_s = 4 * 3600;
  return program;
}

// Morphine 10 mg/mL in the path, 20 mg/mL filled in, 5 mg/day: the worked example of a bridge.
inline Program on_path(std::uint32_t rate_nl_per_day, std::uint32_t mg_per_ml) {
  Program program = bolus_program(rate_nl_per_day);
  program.drug = 1;
  program.concentration_ng_per_ml = mg_per_ml * 1'000'000;
  program.pump_tube_nl = 199'000;
  program.catheter_nl = 176'000;
  return program;
}
inline Program bridged() {
  Program program = on_path(250'000, 20);
  program.bridge_volume_nl = 375'000;
  program.bridge_rate_nl_per_day = 500'000;
  return program;
}

inline StatusCode set_clock(FakeBoard& board, std::int64_t local_time_s) {
  return board.command([&](Pump& pump, Tick now) { return pump.set_clock(now, local_time_s, Role::kClinician); });
}
inline StatusCode prime(FakeBoard& board, std::uint32_t nl) {
  return board.command([&](Pump& pump, Tick now) { return pump.prime(now, nl); });
}
inline StatusCode give(FakeBoard& board, std::uint32_t nonce, std::uint32_t nl, std::uint32_t seconds) {
  return board.command([&](Pump& pump, Tick now) { return pump.give_bolus(now, nonce, nl, seconds); });
}

inline void start_at(FakeBoard& board, const Program& program, std::int64_t local_time_s) {
  board.run_for(2 * kSecond);
  ASSERT_EQ(set_clock(board, local_time_s), StatusCode::kOk);
  ASSERT_EQ(set_program(board, program), StatusCode::kOk);
  ASSERT_EQ(enter(board, 20'000'000), StatusCode::kOk);
  ASSERT_EQ(start(board), StatusCode::kOk);
}

}  // namespace pumpfw::testing
