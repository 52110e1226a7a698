// Programs and short cuts that several tests use.
#pragma once

#include <gtest/gtest.h>

#include "firmware/pump/testing/fake_board.h"

namespace pumpfw::testing {

inline Program program_at(std::uint32_t rate_nl_per_day) {
  Program program;
  program.basal_rate_nl_per_day = rate_nl_per_day;
  return program;
}

// 12.5 µL over 5 min, lockout 1 h, 4 in 24 h, ceilings that do not bind.
inline Program bolus_program(std::uint32_t rate_nl_per_day = 500'000) {
  Program program = program_at(rate_nl_per_day);
  program.patient_bolus_enabled = true;
  program.bolus_dose_nl = 12'500;
  program.bolus_duration_s = 300;
  program.bolus_lockout_s = 3600;
  program.bolus_max_per_24h = 4;
  program.ceiling_1h_nl = 2'000'000;
  program.ceiling_24h_nl = 27'000'000;
  return program;
}

inline StatusCode set_program(FakeBoard& board, const Program& program) {
  return board.command([&](Pump& pump, Tick now) { return pump.set_program(now, program); });
}
inline StatusCode enter(FakeBoard& board, std::uint32_t nl) {
  return board.command([&](Pump& pump, Tick now) { return pump.enter_reservoir(now, nl, true); });
}
inline StatusCode start(FakeBoard& board) {
  return board.command([](Pump& pump, Tick now) { return pump.start(now); });
}
inline StatusCode stop(FakeBoard& board) {
  return board.command([](Pump& pump, Tick now) { return pump.stop(now, Role::kClinician); });
}
inline StatusCode bolus(FakeBoard& board, std::uint32_t nonce) {
  return board.command([&](Pump& pump, Tick now) { return pump.request_bolus(now, nonce); });
}
inline StatusCode clear(FakeBoard& board, AlarmId id) {
  return board.command([&](Pump& pump, Tick now) { return pump.clear_alarm(now, id, Role::kClinician); });
}

// A pump that has started and delivers `program` from a full reservoir.
inline void begin(FakeBoard& board, const Program& program, std::uint32_t reservoir_nl = 20'000'000) {
  board.run_for(2 * kSecond);
  ASSERT_EQ(set_program(board, program), StatusCode::kOk);
  ASSERT_EQ(enter(board, reservoir_nl), StatusCode::kOk);
  ASSERT_EQ(start(board), StatusCode::kOk);
  ASSERT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
}

}  // namespace pumpfw::testing
