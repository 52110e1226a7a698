// What a reset at any instant may cost, and what damaged memory may do.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "firmware/pump/log/event_log.h"
#include "firmware/pump/storage/layout.h"
#include "firmware/pump/testing/programs.h"

namespace pumpfw {
namespace {

using testing::begin;
using testing::bolus_program;
using testing::FakeBoard;

constexpr std::uint32_t kProgramRecord =
    8 + protocol::max_size<SavedProgram>() - protocol::kMaxSegments * protocol::max_size<protocol::Segment>() + 4;

struct StoredLog {
  std::vector<LogEntry> entries;
  bool unbroken = true;
};

// The whole log as it stands in the memory, read without the pump.
StoredLog stored_log(const FakeBoard& board) {
  StoredLog out;
  const EventLog& log = const_cast<FakeBoard&>(board).pump().log();
  std::uint32_t crc_before = 0;
  for (std::uint32_t seq = log.oldest(); seq != 0 && seq <= log.newest(); ++seq) {
    const auto bytes = std::span(board.nvm).subspan(EventLog::offset_of(seq)).first<kLogEntrySize>();
    LogEntry entry;
    const std::uint32_t crc = decode_log(bytes, entry);
    if (entry.seq != seq || (seq != log.oldest() && !follows(bytes, crc_before))) out.unbroken = false;
    crc_before = crc;
    out.entries.push_back(entry);
  }
  return out;
}

std::size_t count(const StoredLog& log, LogCode code) {
  std::size_t n = 0;
  for (const LogEntry& entry : log.entries) n += entry.code == code ? 1U : 0U;
  return n;
}

// What else such resets may cost: firmware/pump/campaign.
TEST(Storage, TheLogStaysUnbrokenOverResetsWithTornWrites) {
  std::mt19937_64 random(11);
  FakeBoard board;
  board.record_steps = false;
  begin(board, bolus_program(2'000'000));
  for (int i = 0; i < 600; ++i) {
    if (board.pump().ledger().left_nl() < 5'000'000) testing::enter(board, 20'000'000);
    if (random() % 4 == 0) testing::bolus(board, static_cast<std::uint32_t>(random()));
    board.run_for(random() % (random() % 2 == 0 ? kMinute : 200));
    board.torn_write = random() % 260;
    board.reboot(static_cast<hal::ResetCause>(random() % 5));
    board.run_for(kSecond);
    ASSERT_EQ(board.pump().therapy_state(), TherapyState::kRunning) << i;
    ASSERT_EQ(board.pump().alarms().mask() & ~AlarmList::bit(AlarmId::kResets), 0U) << i;
    testing::clear(board, AlarmId::kResets);  // else not all of them are noted
  }
  const StoredLog log = stored_log(board);
  EXPECT_TRUE(log.unbroken);
  EXPECT_EQ(log.entries.size(), kLogCapacity);
}

TEST(Storage, AnyOneDamagedCopyOfTheProgramIsRepairedAndLogged) {
  for (std::uint32_t at = 0; at < 2 * kSlotSize; at += 7) {
    FakeBoard board;
    begin(board, bolus_program(500'000));
    board.run_for(kMinute);
    board.nvm[at] ^= 0x40;
    board.reboot();
    board.run_for(2 * kSecond);
    ASSERT_EQ(board.pump().therapy_state(), TherapyState::kRunning) << at;
    ASSERT_EQ(board.pump().program(), bolus_program(500'000));
    // Bytes behind the record are not part of it.
    ASSERT_EQ(count(stored_log(board), LogCode::kMemoryRepaired), at % kSlotSize < kProgramRecord ? 1U : 0U) << at;
    ASSERT_EQ(0, std::memcmp(board.nvm.data(), board.nvm.data() + kSlotSize, kProgramRecord));
  }
}

TEST(Storage, ARepairThatIsCutTooLeavesTheGoodCopyAlone) {
  for (const std::uint32_t damaged : {0U, 1U}) {
    for (Tick at = 1; at < 900; at += 7) {
      FakeBoard board;
      testing::begin(board, testing::bolus_program(700'000));
      board.run_for(kMinute);
      board.nvm[kProgramSlots + damaged * kSlotSize + 20] ^= 0x10;
      board.reboot();
      board.run_for(at);  // the repair may be under way
      board.torn_write = 76;
      board.reboot();
      board.run_for(3 * kSecond);
      ASSERT_EQ(board.pump().therapy_state(), TherapyState::kRunning) << damaged << ' ' << at;
      ASSERT_EQ(board.pump().program().basal_rate_nl_per_day, 700'000U);
    }
  }
}

TEST(Storage, TwoDamagedCopiesStopThePumpWithACriticalAlarm) {
  FakeBoard board;
  begin(board, bolus_program(500'000));
  board.run_for(kMinute);
  board.nvm[20] ^= 1;
  board.nvm[kSlotSize + 20] ^= 1;
  board.reboot();
  board.run_for(kHour);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kMemory));
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
}

TEST(Storage, AProgramChangeCutAtAnyByteLeavesTheOldOrTheNewOneRunning) {
  for (std::size_t cut = 0; cut < 2 * kProgramRecord; ++cut) {
    FakeBoard board;
    begin(board, testing::program_at(500'000));
    board.run_for(kMinute);
    testing::set_program(board, testing::program_at(600'000));
    board.run_for(cut < kProgramRecord ? 1 : 34);  // in the first copy's write or in the second's
    board.torn_write = cut % kProgramRecord;
    board.reboot();
    board.run_for(2 * kSecond);
    ASSERT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
    const std::uint32_t rate = board.pump().program().basal_rate_nl_per_day;
    ASSERT_TRUE(rate == 500'000 || rate == 600'000);
    ASSERT_TRUE(cut < kProgramRecord || rate == 600'000);
    board.reboot();
    board.run_for(2 * kSecond);
    ASSERT_EQ(board.pump().program().basal_rate_nl_per_day, rate);
  }
}

TEST(Storage, AStoppedPumpStaysStoppedAndAHaltedOneHaltedOverAReset) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.run_for(kMinute);
  testing::stop(board);
  board.run_for(kSecond);
  board.reboot();
  board.run_for(kHour);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kStopped);
  testing::start(board);
  board.outlet_counts = 4000;
  board.run_for(kMinute);
  board.outlet_counts = 683;
  const std::uint64_t steps = board.step_count;
  board.reboot();
  board.run_for(kHour);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kOcclusion));
  EXPECT_EQ(board.step_count, steps);
}

TEST(Storage, AClockThatWentBackOverAResetRestartsTheLockoutInFull) {
  FakeBoard board;
  begin(board, bolus_program());
  ASSERT_EQ(testing::bolus(board, 1), StatusCode::kOk);
  board.run_for(50 * kMinute);
  board.reboot();
  board.run_for(2 * kSecond);
  EXPECT_LT(board.pump().lockout_left(board.now()), 10 * kMinute);
  board.rtc_base_ = 0;
  board.reboot();
  board.run_for(2 * kSecond);
  EXPECT_GE(board.pump().lockout_left(board.now()), kHour - 3 * kSecond);
  EXPECT_EQ(count(stored_log(board), LogCode::kClockUncertain), 1U);
}

constexpr hal::ResetCause kWithSupply[] = {hal::ResetCause::kPin, hal::ResetCause::kWatchdog, hal::ResetCause::kSoftware,
                                           hal::ResetCause::kBrownOut};

// A pump that gave a bolus, and ten minutes later is reset for `cause`, with `dead` between.
void reset_in_the_lockout(FakeBoard& board, hal::ResetCause cause, std::uint64_t jump, Tick dead = 100) {
  begin(board, bolus_program(48'000));
  board.run_for(kMinute);
  ASSERT_EQ(testing::bolus(board, 1), StatusCode::kOk);
  board.run_for(10 * kMinute);
  board.rtc_jump += jump;
  board.reboot(cause, dead);
  board.run_for(2 * kSecond);
}

TEST(Storage, AClockThatJumpsForwardOverAResetShortensNoLockoutAndNoDay) {
  for (const hal::ResetCause cause : kWithSupply) {
    for (const Tick jump : {3 * kMinute, 2 * kHour, 2 * kDay, 4000 * kDay}) {
      FakeBoard board;
      reset_in_the_lockout(board, cause, jump);
      EXPECT_GE(board.pump().lockout_left(board.now()), kHour - 3 * kSecond);
      EXPECT_EQ(board.pump().boluses().count_in_day(board.pump().pump_time(board.now())), 1U);
      EXPECT_EQ(count(stored_log(board), LogCode::kClockUncertain), 1U);
      EXPECT_FALSE(board.pump().alarms().any());  // nor is the pump too old of a sudden
      board.run_for(kHour);
      EXPECT_EQ(testing::bolus(board, 2), StatusCode::kOk);
      // The clock goes on from there: the next reset finds nothing amiss.
      board.reboot();
      board.run_for(2 * kSecond);
      EXPECT_EQ(count(stored_log(board), LogCode::kClockUncertain), 1U);
    }
  }
}

TEST(Storage, AClockThatWentOnAsItShouldIsBelievedOverAnyReset) {
  for (const hal::ResetCause cause : kWithSupply) {
    for (const bool stopped : {false, true}) {
      FakeBoard board;
      begin(board, bolus_program(48'000));
      ASSERT_EQ(testing::bolus(board, 1), StatusCode::kOk);
      board.run_for(51 * kMinute);
      if (stopped) testing::stop(board);
      // At any distance from the last record: after a hang the watchdog bites 11 s after the last wake.
      for (int i = 0; i < 9; ++i) {
        board.run_for(static_cast<Tick>(i) * 13 * kSecond);
        board.reboot(cause, 12 * kSecond);
        board.run_for(kSecond);
      }
      EXPECT_EQ(count(stored_log(board), LogCode::kClockUncertain), 0U);
      EXPECT_EQ(board.pump().lockout_left(board.now()), 0U);
    }
  }
}

// REQ-212: what a fast clock had gone ahead since the last reset, up to 2 min, was taken off a lockout.
TEST(Storage, AClockThatRunsOffShortensNoLockoutOverAReset) {
  for (const int seconds_a_minute : {-6, 3, 6}) {
    FakeBoard board;
    begin(board, bolus_program(48'000));
    ASSERT_EQ(testing::bolus(board, 1), StatusCode::kOk);
    for (int i = 0; i < 15; ++i) {
      board.run_for(kMinute);
      board.rtc_jump += static_cast<std::uint64_t>(seconds_a_minute) * kSecond;
    }
    board.reboot(hal::ResetCause::kBrownOut);
    board.run_for(2 * kSecond);
    // A tenth of the 70 s since the time was noted, at most, and the steps of this clock.
    const auto left = static_cast<double>(board.pump().lockout_left(board.now())) / static_cast<double>(kSecond);
    EXPECT_NEAR(left, 45 * 60 - 2, 14) << seconds_a_minute;
    EXPECT_EQ(count(stored_log(board), LogCode::kClockUncertain), 0U) << seconds_a_minute;
  }
}

TEST(Storage, APumpThatWasOffForLongKnowsTheTimeAndBeginsTheLockoutAnew) {
  FakeBoard board;
  reset_in_the_lockout(board, hal::ResetCause::kPowerOn, 0, 5 * kHour);
  EXPECT_GE(board.pump().pump_time(board.now()), kTimeOrigin + 5 * kHour + 11 * kMinute);
  EXPECT_GE(board.pump().lockout_left(board.now()), kHour - 3 * kSecond);
}

TEST(Storage, BolusesOfMoreThanADayBeforeTheTimeWasLostDoNotCountAnew) {
  FakeBoard board;
  Program program = bolus_program(48'000);
  program.bolus_max_per_24h = 1;
  begin(board, program);
  ASSERT_EQ(testing::bolus(board, 1), StatusCode::kOk);
  board.run_for(25 * kHour);
  board.rtc_jump += kHour;
  board.reboot(hal::ResetCause::kWatchdog);
  board.run_for(2 * kSecond);
  EXPECT_EQ(testing::bolus(board, 2), StatusCode::kOk);
}

TEST(Storage, AMutantThatBelievesAnyClockGrantsInTheLockout) {
  Pump::Config config;
  config.mutant = Mutant::kClockJumpTaken;
  FakeBoard board(config);
  reset_in_the_lockout(board, hal::ResetCause::kWatchdog, 2 * kDay);
  EXPECT_EQ(testing::bolus(board, 2), StatusCode::kOk);
}

TEST(Storage, ALostBolusRecordCountsAsADayUsedUp) {
  FakeBoard board;
  begin(board, bolus_program());
  ASSERT_EQ(testing::bolus(board, 1), StatusCode::kOk);
  board.run_for(2 * kHour);
  for (const std::uint32_t slot : {0U, 1U}) board.nvm[kBolusSlots + slot * kSlotSize + 9] ^= 0xFF;
  board.reboot();
  board.run_for(2 * kSecond);
  EXPECT_EQ(testing::bolus(board, 2), StatusCode::kRepeatedTooSoon);
  board.run_for(23 * kHour);
  EXPECT_EQ(testing::bolus(board, 3), StatusCode::kDailyCountReached);
  board.run_for(2 * kHour);
  EXPECT_EQ(testing::bolus(board, 4), StatusCode::kOk);
}

// A memory that takes entries more slowly than they come: what is lost is told in its place, and what came last is there.
TEST(Storage, EntriesThatTheMemoryDidNotTakeInTimeAreCountedInTheLog) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.run_for(kMinute);
  board.nvm_time = kSecond / 2;
  std::size_t noted = 0;
  for (std::int64_t i = 0; i < 200; ++i) {
    board.command([&](Pump& pump, Tick now) {
      pump.note_radio(now, LogCode::kReceiverOff, i);
      return StatusCode::kOk;
    });
    ++noted;
    board.run_for(i < 100 ? kSecond / 20 : kSecond / 4);
  }
  board.nvm_time = 33;
  board.run_for(kMinute);
  const StoredLog log = stored_log(board);
  EXPECT_TRUE(log.unbroken);
  std::size_t lost = 0;
  std::int64_t newest = -1;
  for (const LogEntry& entry : log.entries) {
    if (entry.code == LogCode::kEntriesLost) lost += static_cast<std::size_t>(entry.argument_1);
    if (entry.code == LogCode::kReceiverOff) newest = entry.argument_1;
  }
  EXPECT_GT(lost, 60U);
  EXPECT_EQ(count(log, LogCode::kReceiverOff) + lost, noted);
  EXPECT_TRUE(newest == 199 || log.entries.back().code == LogCode::kEntriesLost);
}

TEST(Storage, AnAlteredLogEntryBreaksTheChain) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  for (int i = 0; i < 5; ++i) {
    testing::stop(board);
    testing::start(board);
    board.run_for(kMinute);
  }
  ASSERT_TRUE(stored_log(board).unbroken);
  board.nvm[EventLog::offset_of(3) + 12] ^= 1;
  EXPECT_FALSE(stored_log(board).unbroken);
}

}  // namespace
}  // namespace pumpfw
