// A record that reads as never written: only of a pump that is new it is one. Of any other it is lost.
#include <gtest/gtest.h>

#include <algorithm>

#include "firmware/pump/campaign/wire.h"
#include "firmware/pump/storage/layout.h"
#include "firmware/pump/testing/programs.h"

namespace pumpfw {
namespace {

using testing::begin;
using testing::bolus_program;
using testing::FakeBoard;

constexpr std::uint8_t kErased[] = {0xFF, 0x00};

void erase(FakeBoard& board, std::uint32_t at, std::uint8_t with, std::uint32_t slots = 2) {
  std::ranges::fill(std::span(board.nvm).subspan(at, slots * kSlotSize), with);
}

void give_keys(FakeBoard& board) {
  security::SecurityState keys;
  keys.keys = security::KeyState::kPresent;
  for (std::uint8_t i = 0; i < 3; ++i) keys.roles[i].key.fill(static_cast<std::uint8_t>(i + 1));
  board.command([&](Pump& pump, Tick) {
    pump.keep_security(keys);
    return StatusCode::kOk;
  });
  board.run_for(kSecond);
  board.reboot();
  board.run_for(kSecond);
}

// What a clinician gets who asks in the clear that therapy be stopped.
StatusCode stop_in_the_clear(FakeBoard& board) {
  campaign::Address address;
  address.session = 5;
  address.role = Role::kClinician;
  board.telemetry.clear();
  board.send(campaign::request(protocol::StopTherapy{}, address));
  board.run_for(kSecond);
  const auto replies = campaign::replies_in(board.telemetry);
  return replies.empty() ? StatusCode::kBusy : replies[0].head.status;
}

void expect_halted_for_memory(FakeBoard& board) {
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kMemory));
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
}

TEST(Blank, AnErasedMemoryIsThatOfANewPump) {
  for (const std::uint8_t with : kErased) {
    FakeBoard board;
    std::ranges::fill(board.nvm, with);
    board.reboot();
    board.run_for(kMinute);
    EXPECT_FALSE(board.pump().alarms().any());
    EXPECT_EQ(board.pump().therapy_state(), TherapyState::kNotProgrammed);
    EXPECT_EQ(stop_in_the_clear(board), StatusCode::kOk);
  }
}

// The very first boot, cut at any instant and byte, is no loss; nor is the first program, nor the first keys.
TEST(Blank, AFirstWriteThatIsCutLosesNothing) {
  for (Tick at = 0; at < 900; at += 11) {
    for (const std::size_t torn : {0U, 1U, 40U, 200U}) {
      FakeBoard board;
      board.run_for(at);
      board.torn_write = torn;
      board.reboot();
      board.run_for(2 * kSecond);
      ASSERT_FALSE(board.pump().alarms().any()) << at << ' ' << torn;
      testing::set_program(board, bolus_program());
      give_keys(board);
      board.run_for(at % 300);
      board.torn_write = torn;
      board.reboot();
      board.run_for(2 * kSecond);
      ASSERT_FALSE(board.pump().alarms().any()) << at << ' ' << torn;
    }
  }
}

TEST(Blank, FirstKeysThatAreCutBesideARunningTherapyAreNoLoss) {
  for (Tick at = 1; at < 400; at += 3) {
    FakeBoard board;
    begin(board, bolus_program());
    board.run_for(kMinute);
    security::SecurityState keys;
    keys.keys = security::KeyState::kPresent;
    board.command([&](Pump& pump, Tick) {
      pump.keep_security(keys);
      return StatusCode::kOk;
    });
    board.run_for(at);
    board.torn_write = 30;
    board.reboot();
    board.run_for(2 * kSecond);
    ASSERT_FALSE(board.pump().alarms().any()) << at;
    ASSERT_EQ(board.pump().therapy_state(), TherapyState::kRunning) << at;
    const StatusCode clear = stop_in_the_clear(board);
    ASSERT_TRUE(clear == StatusCode::kOk || clear == StatusCode::kUnsupportedSuite || clear == StatusCode::kNoKeys) << at;
  }
}

TEST(Blank, KeysThatReadBlankLeaveTheLinkShut) {
  for (const std::uint8_t with : kErased) {
    FakeBoard board;
    begin(board, bolus_program());
    give_keys(board);
    const StatusCode keyed = stop_in_the_clear(board);
    ASSERT_NE(keyed, StatusCode::kOk);
    erase(board, kSecuritySlots, with);
    for (int boots = 0; boots < 3; ++boots) {
      board.reboot();
      board.run_for(kMinute);
      EXPECT_EQ(stop_in_the_clear(board), keyed);
      EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
    }
  }
}

// Also when the state, which bears the mark of the keys, is lost with them; a pump that never had keys stays open.
TEST(Blank, KeysLostWithTheStateLeaveTheLinkShutAndAPumpWithoutKeysOpen) {
  for (const bool keyed : {true, false}) {
    FakeBoard board;
    begin(board, bolus_program());
    if (keyed) give_keys(board);
    board.run_for(kMinute);
    erase(board, kStateSlots, 0xFF);
    if (keyed) erase(board, kSecuritySlots, 0xFF);
    for (int boots = 0; boots < 3; ++boots) {
      board.reboot();
      board.run_for(kMinute);
      EXPECT_EQ(stop_in_the_clear(board) == StatusCode::kOk, !keyed) << boots;
    }
  }
}

TEST(Blank, OneBlankCopyOfTheKeysIsMadeAnew) {
  FakeBoard board;
  begin(board, bolus_program());
  give_keys(board);
  for (const std::uint32_t slot : {0U, 1U, 0U}) {
    erase(board, kSecuritySlots + slot * kSlotSize, 0xFF, 1);
    board.reboot();
    board.run_for(kMinute);
    ASSERT_NE(stop_in_the_clear(board), StatusCode::kOk);
  }
}

TEST(Blank, BolusesThatReadBlankCountAsADayUsedUp) {
  for (const std::uint8_t with : kErased) {
    FakeBoard board;
    begin(board, bolus_program());
    board.run_for(kMinute);
    ASSERT_EQ(testing::bolus(board, 1), StatusCode::kOk);
    board.run_for(10 * kMinute);
    erase(board, kBolusSlots, with);
    board.reboot();
    board.run_for(kMinute);
    EXPECT_EQ(testing::bolus(board, 2), StatusCode::kLockout);
    board.run_for(23 * kHour);
    EXPECT_EQ(testing::bolus(board, 3), StatusCode::kDailyCountReached);
    board.run_for(2 * kHour);
    EXPECT_EQ(testing::bolus(board, 4), StatusCode::kOk);
  }
}

TEST(Blank, AProgramThatReadsBlankHaltsWithACriticalAlarm) {
  for (const std::uint8_t with : kErased) {
    for (const bool beside_a_bad_one : {false, true}) {
      FakeBoard board;
      begin(board, bolus_program());
      board.run_for(kMinute);
      erase(board, kProgramSlots, with, beside_a_bad_one ? 1 : 2);
      if (beside_a_bad_one) board.nvm[kProgramSlots + kSlotSize + 20] ^= 1;
      board.reboot();
      board.run_for(kMinute);
      expect_halted_for_memory(board);
      // With the alarm cleared nothing runs before a program is written.
      testing::clear(board, AlarmId::kMemory);
      EXPECT_EQ(testing::start(board), StatusCode::kNoProgram);
    }
  }
}

TEST(Blank, AStateThatReadsBlankHaltsWithACriticalAlarm) {
  for (const std::uint8_t with : kErased) {
    for (const bool programmed : {false, true}) {
      FakeBoard board;
      board.run_for(2 * kSecond);
      if (programmed) begin(board, bolus_program());
      board.run_for(kMinute);
      erase(board, kStateSlots, with);
      board.reboot();
      board.run_for(kMinute);
      expect_halted_for_memory(board);
    }
  }
}

TEST(Blank, AMutantThatTrustsABlankRecordGrantsInTheLockoutAndObeysInTheClear) {
  Pump::Config config;
  config.mutant = Mutant::kBlankTrusted;
  FakeBoard board(config);
  begin(board, bolus_program());
  give_keys(board);
  ASSERT_EQ(testing::bolus(board, 1), StatusCode::kOk);
  board.run_for(10 * kMinute);
  erase(board, kBolusSlots, 0xFF);
  erase(board, kSecuritySlots, 0xFF);
  board.reboot();
  board.run_for(kMinute);
  EXPECT_EQ(testing::bolus(board, 2), StatusCode::kOk);
  EXPECT_EQ(stop_in_the_clear(board), StatusCode::kOk);
}

}  // namespace
}  // namespace pumpfw
