// Grants, refusals and the course of boluses. Random histories of them: firmware/pump/campaign.
#include <gtest/gtest.h>

#include "firmware/protocol/crc32.h"
#include "firmware/pump/storage/layout.h"
#include "firmware/pump/storage/records.h"
#include "firmware/pump/testing/therapies.h"

namespace pumpfw {
namespace {

using testing::begin;
using testing::bolus;
using testing::bolus_program;
using testing::FakeBoard;

TEST(Bolus, RunsItsDoseInItsDurationBesideTheBasal) {
  for (const std::uint32_t dose : {1'000U, 12'500U, 100'000U}) {
    FakeBoard board;
    Program program = bolus_program(500'000);
    program.bolus_dose_nl = dose;
    program.bolus_duration_s = 3600;
    begin(board, program);
    board.run_for(kHour);
    const std::uint64_t before = board.step_count;
    ASSERT_EQ(bolus(board, 1), StatusCode::kOk);
    board.run_for(kHour - kSecond);
    EXPECT_EQ(board.pump().therapy_state(), TherapyState::kBolus);
    board.run_for(2 * kSecond);
    EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
    board.run_for(kHour);
    const double basal = 2 * 3600 / 2.16;
    EXPECT_NEAR(static_cast<double>(board.step_count - before) - basal, dose / 12.5, 1.0);
  }
}

TEST(Bolus, LockoutEndsOnTheTick) {
  FakeBoard board;
  begin(board, bolus_program());
  board.run_for(kMinute);
  ASSERT_EQ(bolus(board, 1), StatusCode::kOk);
  const Tick granted = board.now();
  board.run_until(granted + kHour - 1);
  EXPECT_EQ(bolus(board, 2), StatusCode::kLockout);
  board.run_until(granted + kHour);
  EXPECT_EQ(bolus(board, 3), StatusCode::kOk);
}

TEST(Bolus, TheSameNonceGrantsOnceAndIsToldTheSame) {
  FakeBoard board;
  begin(board, bolus_program());
  const std::uint64_t before = board.step_count;
  ASSERT_EQ(bolus(board, 77), StatusCode::kOk);
  board.run_for(kSecond);
  EXPECT_EQ(bolus(board, 77), StatusCode::kOk);
  EXPECT_EQ(bolus(board, 78), StatusCode::kRepeatedTooSoon);
  board.run_for(10 * kSecond);
  EXPECT_EQ(bolus(board, 79), StatusCode::kBolusRunning);
  board.run_for(2 * kHour);
  EXPECT_NEAR(static_cast<double>(board.step_count - before), 1000 + 7211 / 2.16, 2.0);
  board.reboot();
  board.run_for(2 * kSecond);
  EXPECT_EQ(board.pump().saved().boluses_granted, 1U);
}

constexpr Tick kPastTheLockout = kHour + kMinute;

std::uint32_t granted(const FakeBoard& board) {
  return const_cast<FakeBoard&>(board).pump().saved().boluses_granted;
}

TEST(Bolus, ARequestGrantedBeforeOthersIsKnownForADayAlsoOverAReset) {
  FakeBoard board;
  Program program = bolus_program();
  program.bolus_max_per_24h = 20;
  begin(board, program);
  board.run_for(kMinute);
  ASSERT_EQ(bolus(board, 7), StatusCode::kOk);
  const Tick first = board.rtc_now();
  board.run_for(kPastTheLockout);
  ASSERT_EQ(bolus(board, 8), StatusCode::kOk);
  board.run_for(kPastTheLockout);
  EXPECT_EQ(bolus(board, 7), StatusCode::kOk);
  EXPECT_EQ(granted(board), 2U);
  ASSERT_EQ(testing::give(board, 900, 1'000, 60), StatusCode::kOk);
  board.run_for(kPastTheLockout);
  board.reboot();
  board.run_for(kPastTheLockout);
  for (const std::uint32_t nonce : {7U, 8U, 900U}) EXPECT_EQ(bolus(board, nonce), StatusCode::kOk);
  EXPECT_EQ(testing::give(board, 7, 1'000, 60), StatusCode::kOk);
  EXPECT_FALSE(board.pump().bolus_running());
  EXPECT_EQ(granted(board), 2U);
  // A day later it is one like any other.
  board.run_until(first + kDay - board.rtc_base_);
  EXPECT_EQ(bolus(board, 7), StatusCode::kOk);
  EXPECT_TRUE(board.pump().bolus_running());
  EXPECT_EQ(granted(board), 3U);
}

TEST(Bolus, AMutantThatKnowsOnlyTheLastNonceGrantsOneTwice) {
  Pump::Config config;
  config.mutant = Mutant::kLastNonceOnly;
  FakeBoard board(config);
  begin(board, bolus_program());
  board.run_for(kMinute);
  for (const std::uint32_t nonce : {7U, 8U, 7U}) {
    EXPECT_EQ(bolus(board, nonce), StatusCode::kOk);
    board.run_for(kPastTheLockout);
  }
  EXPECT_EQ(granted(board), 3U);
}

TEST(Bolus, TheRecordOfAFullHistoryKeepsEveryNonceAndOneOfEarlierFirmwareThatOfTheNewest) {
  SavedBoluses saved;
  for (std::uint32_t i = 0; i < BolusHistory::kCapacity; ++i) {
    BolusEntry entry{kTimeOrigin + i * kHour, kTimeOrigin + i * kHour + kMinute, i};
    if (i % 3 != 0) entry.nonce = 0xFFFFFF00U + i;
    saved.history.add(entry);
  }
  std::array<std::uint8_t, kSlotSize> bytes{};
  const std::size_t size = encode_slot(saved, 5, bytes);
  ASSERT_LE(size, kSlotSize);
  SavedBoluses read;
  ASSERT_EQ(decode_slot(bytes, read).health, SlotHealth::kGood);
  for (std::uint8_t age = 0; age < BolusHistory::kCapacity; ++age) {
    EXPECT_EQ(read.history.at(age).nonce, saved.history.at(age).nonce);
    EXPECT_EQ(read.history.at(age).start, saved.history.at(age).start);
  }
  // As it was: a nonce, the boluses, no more. One bolus of 80 steps.
  std::vector<std::uint8_t> old{3, 3, 16, 0, 1, 0, 0, 0, 42, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 80, 0, 0, 0, 0};
  const std::uint32_t crc = protocol::crc32(old);
  for (int shift = 0; shift < 32; shift += 8) old.push_back(static_cast<std::uint8_t>(crc >> shift));
  old.resize(kSlotSize, 0xEE);
  ASSERT_EQ(decode_slot(old, read).health, SlotHealth::kGood);
  ASSERT_EQ(read.history.size(), 1U);
  EXPECT_EQ(read.history.newest().nonce, 42U);
  EXPECT_EQ(read.history.newest().steps, 80U);
}

TEST(Bolus, TheCountRollsOverMidnight) {
  FakeBoard board;
  Program program = bolus_program();
  program.bolus_max_per_24h = 2;
  begin(board, program);
  board.run_until(23 * kHour);
  ASSERT_EQ(bolus(board, 1), StatusCode::kOk);
  const Tick first = board.now();
  board.run_until(first + 90 * kMinute);  // past midnight of the pump's clock
  ASSERT_EQ(bolus(board, 2), StatusCode::kOk);
  board.run_until(first + 3 * kHour);
  EXPECT_EQ(bolus(board, 3), StatusCode::kDailyCountReached);
  board.run_until(first + kDay - 1);
  EXPECT_EQ(bolus(board, 4), StatusCode::kDailyCountReached);
  board.run_until(first + kDay);  // half-open: the first has just left (t - 24 h, t]
  EXPECT_EQ(bolus(board, 5), StatusCode::kOk);
}

TEST(Bolus, AFullWindowOfBasalCountsOnAPumpThatHasJustStarted) {
  FakeBoard board;
  Program program = bolus_program(500'000);
  program.ceiling_24h_nl = 500'000 + 24'999;
  begin(board, program);
  board.run_for(10 * kSecond);
  ASSERT_EQ(bolus(board, 1), StatusCode::kOk);
  board.run_for(2 * kHour);
  EXPECT_EQ(bolus(board, 2), StatusCode::kDayCeilingReached);
  program.ceiling_24h_nl = 500'000 + 25'000;
  testing::set_program(board, program);
  EXPECT_EQ(bolus(board, 3), StatusCode::kOk);
}

// Told and true: one second before it is refused, then granted.
void expect_next_in(FakeBoard& board, Tick left, StatusCode before, std::uint32_t nonce) {
  const Tick told = board.pump().next_bolus_left(board.now());
  EXPECT_NEAR(static_cast<double>(told), static_cast<double>(left), kSecond / 50);  // the last step of a bolus ends it
  board.run_for(told - 1);
  EXPECT_EQ(bolus(board, nonce), before);
  board.run_for(1);
  EXPECT_EQ(board.pump().next_bolus_left(board.now()), 0U);
  EXPECT_EQ(bolus(board, nonce + 1), StatusCode::kOk);
}

TEST(Bolus, TheTimeToTheNextIsThatOfTheLockoutUntilTheCountIsUsedUp) {
  FakeBoard board;
  Program program = bolus_program();
  program.bolus_max_per_24h = 2;
  begin(board, program);
  EXPECT_EQ(board.pump().next_bolus_left(board.now()), 0U);
  board.run_for(kMinute);
  ASSERT_EQ(bolus(board, 1), StatusCode::kOk);
  const Tick first = board.now();
  expect_next_in(board, kHour, StatusCode::kLockout, 2);
  expect_next_in(board, first + kDay - board.now(), StatusCode::kDailyCountReached, 4);
}

TEST(Bolus, TheTimeToTheNextWaitsUntilACeilingHasRoomAgain) {
  FakeBoard board;
  Program program = bolus_program(500'000);
  program.bolus_lockout_s = 600;
  program.bolus_max_per_24h = 20;
  program.ceiling_1h_nl = 20'834 + 2 * 12'500;
  program.ceiling_24h_nl = 500'000 + 3 * 12'500;
  begin(board, program);
  board.run_for(kMinute);
  ASSERT_EQ(bolus(board, 1), StatusCode::kOk);
  const Tick first_ends = board.now() + program.bolus_duration_s * kSecond;
  expect_next_in(board, 600 * kSecond, StatusCode::kLockout, 2);
  expect_next_in(board, first_ends + kHour - board.now(), StatusCode::kHourCeilingReached, 4);
  expect_next_in(board, first_ends + kDay - board.now(), StatusCode::kDayCeilingReached, 6);
}

TEST(Bolus, WhatWaitingDoesNotBringHasNoTime) {
  FakeBoard board;
  EXPECT_EQ(board.pump().next_bolus_left(board.now()), kNever);
  begin(board, testing::program_at(500'000));
  EXPECT_EQ(board.pump().next_bolus_left(board.now()), kNever);
  Program program = bolus_program(500'000);
  program.ceiling_24h_nl = 500'000 + 12'499;
  ASSERT_EQ(testing::set_program(board, program), StatusCode::kOk);
  EXPECT_EQ(board.pump().next_bolus_left(board.now()), kNever);
}

TEST(Bolus, IsRefusedWhileStoppedOrDisabledOrInCriticalAlarm) {
  FakeBoard board;
  EXPECT_EQ(bolus(board, 1), StatusCode::kSelfTest);
  begin(board, testing::program_at(500'000));
  EXPECT_EQ(bolus(board, 2), StatusCode::kBolusDisabled);
  testing::set_program(board, bolus_program());
  testing::stop(board);
  EXPECT_EQ(bolus(board, 3), StatusCode::kTherapyStopped);
  testing::start(board);
  board.outlet_counts = 4000;
  board.run_for(kMinute);
  EXPECT_EQ(bolus(board, 4), StatusCode::kCriticalAlarm);
}

TEST(Bolus, ACriticalAlarmCancelsItForGoodAndTheDeliveredPartIsKnown) {
  FakeBoard board;
  begin(board, bolus_program());
  board.run_for(kSecond);
  const Tick from = board.now();
  const std::uint64_t before = board.step_count;
  ASSERT_EQ(bolus(board, 1), StatusCode::kOk);
  board.run_for(100 * kSecond);
  board.rotor_blocked = true;
  const std::uint64_t moved = board.step_count - before;
  const double basal = static_cast<double>(board.now() - from) / kSecond / 2.16;
  board.run_for(2 * kSecond);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kMotorStall));
  board.rotor_blocked = false;
  board.run_for(10 * kMinute);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  EXPECT_NEAR(board.pump().bolus_given(), static_cast<double>(moved) - basal, 1.5);
  EXPECT_EQ(board.pump().boluses().newest().steps, board.pump().bolus_given());
}

TEST(Bolus, AProgramWhoseBolusAndBasalPassTheSpeedCeilingIsRefused) {
  Program program = bolus_program(24'000'000);
  program.bolus_dose_nl = 12'500;
  program.bolus_duration_s = 361;  // 2.992 mL/day
  EXPECT_EQ(check(program).status, StatusCode::kCombinedRateTooHigh);
  program.bolus_duration_s = 362;
  EXPECT_EQ(check(program).status, StatusCode::kOk);
}

TEST(Bolus, ClinicianBolusesFillACeilingAndAreNotForgottenForBeingMany) {
  FakeBoard board;
  Program program = bolus_program(48'000);
  program.ceiling_24h_nl = 48'000 + 40 * 1'000;
  begin(board, program);
  std::uint32_t given = 0;
  for (std::uint32_t nonce = 1; nonce <= 60; ++nonce) {
    const StatusCode answer = board.command([&](Pump& pump, Tick now) { return pump.give_bolus(now, nonce, 1'000, 60); });
    given += answer == StatusCode::kOk ? 1U : 0U;
    board.run_for(20 * kMinute);
  }
  // 21 are remembered; the next one waits until the oldest is no part of any window.
  EXPECT_EQ(given, 21U);
  board.run_for(5 * kHour);
  EXPECT_EQ(board.command([&](Pump& pump, Tick now) { return pump.give_bolus(now, 99, 1'000, 60); }), StatusCode::kOk);
}

}  // namespace
}  // namespace pumpfw
