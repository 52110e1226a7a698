// What the volume between pump and catheter tip asks for: the bridge to another concentration, and priming.
#include <gtest/gtest.h>

#include "firmware/pump/storage/layout.h"
#include "firmware/pump/testing/therapies.h"

namespace pumpfw {
namespace {

using testing::begin;
using testing::bridged;
using testing::FakeBoard;
using testing::give;
using testing::on_path;
using testing::prime;

TEST(Bridge, TheOldConcentrationGoesOutAtItsOwnRateThenTheNewRateHolds) {
  FakeBoard board;
  board.record_steps = false;
  begin(board, on_path(500'000, 10));
  board.run_for(kHour);
  EXPECT_EQ(testing::set_program(board, on_path(250'000, 20)), StatusCode::kBridgeRequired);
  EXPECT_EQ(board.pump().program(), on_path(500'000, 10));
  ASSERT_EQ(testing::set_program(board, bridged()), StatusCode::kOk);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kBridging);
  EXPECT_EQ(testing::bolus(board, 1), StatusCode::kBridging);
  EXPECT_EQ(give(board, 2, 12'500, 600), StatusCode::kBridging);
  EXPECT_EQ(prime(board, 100'000), StatusCode::kBridging);
  const std::uint64_t before = board.step_count;
  board.run_for(18 * kHour - 10 * kSecond);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kBridging);
  board.run_for(20 * kSecond);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  EXPECT_NEAR(static_cast<double>(board.step_count - before), 30'000, 5);
  EXPECT_EQ(board.pump().saved().tube_concentration_ng_per_ml, 20'000'000U);
  const std::uint64_t after = board.step_count;
  board.run_for(kDay);
  EXPECT_NEAR(static_cast<double>(board.step_count - after), 20'000, 2);
  EXPECT_FALSE(board.pump().alarms().any());
}

TEST(Bridge, GoesOnAfterAStopAndAReset) {
  FakeBoard board;
  board.record_steps = false;
  begin(board, on_path(500'000, 10));
  ASSERT_EQ(testing::set_program(board, bridged()), StatusCode::kOk);
  const std::uint64_t before = board.step_count;
  board.run_for(5 * kHour);
  testing::stop(board);
  board.run_for(kHour);
  testing::start(board);
  board.run_for(4 * kHour);
  for (int i = 0; i < 3; ++i) {
    board.reboot(static_cast<hal::ResetCause>(i));
    board.run_for(2 * kHour);
    EXPECT_EQ(board.pump().therapy_state(), TherapyState::kBridging);
  }
  while (board.pump().therapy_state() == TherapyState::kBridging) board.run_for(kSecond);
  // ±1 % of the path, and what three resets may have lost of the count.
  EXPECT_NEAR(static_cast<double>(board.step_count - before), 30'000, 300);
}

TEST(Bridge, WithAWrongVolumeOrRateOrForAnotherDrugIsRefused) {
  FakeBoard board;
  begin(board, on_path(500'000, 10));
  Program program = bridged();
  program.bridge_volume_nl = 379'000;
  EXPECT_EQ(testing::set_program(board, program), StatusCode::kBridgeWrong);
  program = bridged();
  program.bridge_rate_nl_per_day = 510'000;
  EXPECT_EQ(testing::set_program(board, program), StatusCode::kBridgeWrong);
  program = bridged();
  program.drug = 2;
  EXPECT_EQ(testing::set_program(board, program), StatusCode::kOtherDrug);
  program.bridge_volume_nl = program.bridge_rate_nl_per_day = 0;
  EXPECT_EQ(testing::set_program(board, program), StatusCode::kOtherDrug);
  testing::stop(board);
  EXPECT_EQ(testing::set_program(board, program), StatusCode::kOk);
  EXPECT_EQ(testing::set_program(board, bridged()), StatusCode::kOtherDrug);
}

// 2.5 mg/day and 0.625 mg every 6 h: the bridge gives all of the day's 5 mg, for no bolus comes while it runs.
TEST(Bridge, CountsThePeriodicBolusesOfTheNewProgram) {
  FakeBoard board;
  board.record_steps = false;
  begin(board, on_path(500'000, 10));
  Program program = on_path(125'000, 20);
  program.mode = protocol::BasalMode::kPeriodic;
  program.periodic_dose_nl = 31'250;
  program.periodic_duration_s = 600;
  program.periodic_interval_s = 6 * 3600;
  program.bridge_volume_nl = 375'000;
  program.bridge_rate_nl_per_day = 250'000;
  EXPECT_EQ(testing::set_program(board, program), StatusCode::kBridgeWrong);
  program.bridge_rate_nl_per_day = 500'000;
  ASSERT_EQ(testing::set_program(board, program), StatusCode::kOk);
  const std::uint64_t before = board.step_count;
  board.run_for(18 * kHour - kMinute);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kBridging);
  EXPECT_NEAR(static_cast<double>(board.step_count - before), 30'000, 40);
}

TEST(Priming, FillsThePathAtTheFastestRateThenTheBaseHolds) {
  FakeBoard board;
  board.record_steps = false;
  board.run_for(2 * kSecond);
  ASSERT_EQ(testing::set_program(board, on_path(500'000, 10)), StatusCode::kOk);
  ASSERT_EQ(testing::enter(board, 20'000'000), StatusCode::kOk);
  EXPECT_EQ(prime(board, 375'013), StatusCode::kPathVolumeOutOfRange);
  const std::uint64_t before = board.step_count;
  board.run_for(kSecond);
  const std::uint32_t logged = board.pump().log().newest();
  ASSERT_EQ(prime(board, 375'000), StatusCode::kOk);
  board.run_for(kSecond);
  EXPECT_EQ(board.pump().log().newest(), logged + 2);  // the priming, and that therapy has started with it
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kPriming);
  EXPECT_EQ(testing::bolus(board, 1), StatusCode::kPriming);
  board.run_for(22 * kMinute + 30 * kSecond);  // 375 µL at 16.67 µL/min
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  EXPECT_NEAR(static_cast<double>(board.step_count - before), 30'000, 2);
  const std::uint64_t after = board.step_count;
  board.run_for(kHour);
  EXPECT_NEAR(static_cast<double>(board.step_count - after), 3600 / 2.16, 2);
  EXPECT_FALSE(board.pump().alarms().any());
}

TEST(Priming, WhatInterruptsItEndsItAndTheBaseFollows) {
  for (const bool by_reset : {false, true}) {
    FakeBoard board;
    board.record_steps = false;
    begin(board, on_path(500'000, 10));
    ASSERT_EQ(prime(board, 375'000), StatusCode::kOk);
    board.run_for(5 * kMinute);
    if (by_reset) {
      board.reboot(hal::ResetCause::kWatchdog);
      board.run_for(2 * kSecond);
    } else {
      EXPECT_EQ(board.command([](Pump& pump, Tick now) { return pump.end_prime(now); }), StatusCode::kOk);
    }
    EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
    const std::uint64_t before = board.step_count;
    board.run_for(kHour);
    EXPECT_NEAR(static_cast<double>(board.step_count - before), 3600 / 2.16, 3);
  }
}

// Three days after the bridge has ended.
void lose_the_state_after_a_bridge(FakeBoard& board) {
  board.record_steps = false;
  begin(board, testing::on_path(500'000, 10));
  board.run_for(kMinute);
  ASSERT_EQ(testing::set_program(board, testing::bridged()), StatusCode::kOk);
  board.run_for(3 * kDay);
  ASSERT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  for (const std::uint32_t slot : {0U, 1U}) board.nvm[kStateSlots + slot * kSlotSize + 30] ^= 1;
  board.reboot();
  board.run_for(kMinute);
  ASSERT_EQ(testing::clear(board, AlarmId::kMemory), StatusCode::kOk);
  ASSERT_EQ(testing::enter(board, 15'000'000), StatusCode::kOk);
}

TEST(Bridge, AStateThatIsLostStartsNoBridgeAnewButAsksForTheProgram) {
  FakeBoard board;
  lose_the_state_after_a_bridge(board);
  for (int boots = 0; boots < 2; ++boots) {
    EXPECT_EQ(testing::start(board), StatusCode::kMemoryFault);
    EXPECT_EQ(testing::prime(board, 10'000), StatusCode::kMemoryFault);
    board.run_for(kSecond);
    board.reboot();
    board.run_for(kMinute);
    EXPECT_EQ(board.pump().therapy_state(), TherapyState::kStopped);
  }
  ASSERT_EQ(testing::set_program(board, testing::on_path(250'000, 20)), StatusCode::kOk);
  ASSERT_EQ(testing::start(board), StatusCode::kOk);
  board.run_for(kMinute);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  EXPECT_EQ(board.pump().rate_now(board.now()), 250'000U);
}

TEST(Bridge, AMutantThatBeginsItAgainIsSeen) {
  Pump::Config config;
  config.mutant = Mutant::kBridgeAgain;
  FakeBoard board(config);
  lose_the_state_after_a_bridge(board);
  ASSERT_EQ(testing::start(board), StatusCode::kOk);
  board.run_for(kMinute);
  EXPECT_EQ(board.pump().rate_now(board.now()), 500'000U);
}

TEST(Bridge, OfTheFirstProgramAfterOneWasLostIsNotTakenForTheOldOnes) {
  FakeBoard board;
  begin(board, testing::on_path(500'000, 10));
  board.run_for(kMinute);
  for (const std::uint32_t slot : {0U, 1U}) board.nvm[kProgramSlots + slot * kSlotSize + 30] ^= 1;
  board.reboot();
  board.run_for(kMinute);
  const std::uint32_t before = board.pump().saved().phase_revision;
  ASSERT_EQ(testing::set_program(board, testing::on_path(250'000, 20)), StatusCode::kOk);
  EXPECT_GT(board.pump().program_revision(), before);
  EXPECT_EQ(board.pump().saved().tube_concentration_ng_per_ml, 20'000'000U);
}

}  // namespace
}  // namespace pumpfw
