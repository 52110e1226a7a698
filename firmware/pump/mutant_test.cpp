// Each mutant does exactly what its name says, and none does anything without being asked.
#include <gtest/gtest.h>

#include "firmware/pump/testing/programs.h"

namespace pumpfw {
namespace {

using testing::begin;
using testing::bolus;
using testing::bolus_program;
using testing::FakeBoard;

Pump::Config with(Mutant mutant) {
  Pump::Config config;
  config.mutant = mutant;
  return config;
}

// A pump with `mutant` that has been delivering 0.5 mL/day for a minute.
struct Mutated {
  explicit Mutated(Mutant mutant, Program program = bolus_program(), std::uint32_t reservoir_nl = 20'000'000) : board(with(mutant)) {
    begin(board, program, reservoir_nl);
    board.run_for(kMinute);
  }
  FakeBoard board;
};

TEST(Mutant, RateHighDeliversAFifthMoreAndReadsBackAsProgrammed) {
  Mutated pump(Mutant::kRateHigh);
  const std::uint64_t before = pump.board.step_count;
  pump.board.run_for(kDay);
  EXPECT_EQ(pump.board.step_count - before, 48'000U);
  EXPECT_EQ(pump.board.pump().program(), bolus_program());
  EXPECT_FALSE(pump.board.pump().alarms().any());
}

TEST(Mutant, BolusDoseHighGivesFifteenPercentMoreInTheSameTime) {
  Mutated pump(Mutant::kBolusDoseHigh);
  ASSERT_EQ(bolus(pump.board, 1), StatusCode::kOk);
  pump.board.run_for(299 * kSecond);
  EXPECT_TRUE(pump.board.pump().bolus_running());
  pump.board.run_for(2 * kSecond);
  EXPECT_EQ(pump.board.pump().bolus_given(), 1150U);
  EXPECT_FALSE(pump.board.pump().alarms().any());
}

TEST(Mutant, BolusFastGivesTheDoseInHalfTheTime) {
  Mutated pump(Mutant::kBolusFast);
  ASSERT_EQ(bolus(pump.board, 1), StatusCode::kOk);
  pump.board.run_for(151 * kSecond);
  EXPECT_FALSE(pump.board.pump().bolus_running());
  EXPECT_EQ(pump.board.pump().bolus_given(), 1000U);
}

TEST(Mutant, LockoutShortGrantsTenSecondsEarly) {
  Mutated pump(Mutant::kLockoutShort);
  ASSERT_EQ(bolus(pump.board, 1), StatusCode::kOk);
  pump.board.run_for(kHour - 11 * kSecond);
  EXPECT_EQ(bolus(pump.board, 2), StatusCode::kLockout);
  pump.board.run_for(kSecond);
  EXPECT_EQ(bolus(pump.board, 3), StatusCode::kOk);
}

TEST(Mutant, NextByLockoutForgetsTheCount) {
  Program program = bolus_program();
  program.bolus_max_per_24h = 1;
  Mutated pump(Mutant::kNextByLockout, program);
  ASSERT_EQ(bolus(pump.board, 1), StatusCode::kOk);
  EXPECT_EQ(pump.board.pump().next_bolus_left(pump.board.now()), kHour);
  pump.board.run_for(kHour);
  EXPECT_EQ(bolus(pump.board, 2), StatusCode::kDailyCountReached);
}

TEST(Mutant, CountAtMidnightForgetsTheDayBefore) {
  Program program = bolus_program();
  program.bolus_max_per_24h = 1;
  Mutated pump(Mutant::kCountAtMidnight, program);
  pump.board.run_until(23 * kHour);
  ASSERT_EQ(bolus(pump.board, 1), StatusCode::kOk);
  pump.board.run_until(24 * kHour - kMinute);
  EXPECT_NE(bolus(pump.board, 2), StatusCode::kOk);
  pump.board.run_until(24 * kHour + kMinute);
  EXPECT_EQ(bolus(pump.board, 3), StatusCode::kOk);
}

TEST(Mutant, IgnoredOcclusionAndStallGoOnStepping) {
  Mutated occluded(Mutant::kIgnoreOcclusion);
  occluded.board.outlet_counts = 4000;
  Mutated stalled(Mutant::kIgnoreStall);
  stalled.board.rotor_blocked = true;
  for (FakeBoard* board : {&occluded.board, &stalled.board}) {
    board->run_for(kHour);
    EXPECT_GT(board->step_count, 1600U);
    EXPECT_FALSE(board->pump().alarms().any());
  }
}

TEST(Mutant, NoStallRetryStaysPausedWhenTheRotorIsFree) {
  Mutated pump(Mutant::kNoStallRetry);
  pump.board.rotor_blocked = true;
  pump.board.run_for(kMinute);
  pump.board.rotor_blocked = false;
  pump.board.run_for(kDay);
  EXPECT_EQ(pump.board.pump().therapy_state(), TherapyState::kStallPause);
}

TEST(Mutant, LowAlarmLateComesAtHalfTheThreshold) {
  Mutated pump(Mutant::kLowAlarmLate, testing::program_at(24'000'000), 2'200'000);
  pump.board.run_for(70 * kMinute);  // 1.2 mL
  EXPECT_FALSE(pump.board.pump().alarms().any());
  pump.board.run_for(2 * kMinute);
  EXPECT_TRUE(pump.board.pump().alarms().active(AlarmId::kReservoirLow));
}

TEST(Mutant, RunDryAlarmsAndGoesOn) {
  Mutated pump(Mutant::kRunDry, testing::program_at(24'000'000), 100'000);
  pump.board.run_for(10 * kMinute);
  EXPECT_TRUE(pump.board.pump().alarms().active(AlarmId::kReservoirEmpty));
  EXPECT_GT(pump.board.step_count, 14'000U);
}

TEST(Mutant, StopLateStepsForThreeSecondsMore) {
  Mutated pump(Mutant::kStopLate, testing::program_at(24'000'000));
  const std::uint64_t before = pump.board.step_count;
  EXPECT_EQ(testing::stop(pump.board), StatusCode::kOk);
  pump.board.run_for(kMinute);
  EXPECT_NEAR(static_cast<double>(pump.board.step_count - before), 3 / 0.045, 1.0);
  EXPECT_EQ(pump.board.pump().therapy_state(), TherapyState::kStopped);
}

TEST(Mutant, NoCeilingWindowGrantsWhatAFullWindowOfBasalForbids) {
  Program program = bolus_program();
  program.ceiling_24h_nl = 500'000;
  Mutated pump(Mutant::kNoCeilingWindow, program);
  EXPECT_EQ(bolus(pump.board, 1), StatusCode::kOk);
  Mutated sound(Mutant::kNone, program);
  EXPECT_EQ(bolus(sound.board, 1), StatusCode::kDayCeilingReached);
}

}  // namespace
}  // namespace pumpfw
