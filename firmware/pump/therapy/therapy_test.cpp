// Day schedule, periodic and single boluses, minimum rate, priming, bridge, calendar. What went out is judged by the steps alone; what
// should have is worked out here from the program, minute by minute, by other means than the firmware's.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "firmware/pump/testing/programs.h"

namespace pumpfw {
namespace {

using protocol::BasalMode;
using protocol::Segment;
using testing::begin;
using testing::FakeBoard;

constexpr std::int64_t kMonday = 4 * kSecondsPerDay;  // 1970-01-05 00:00

Program schedule(std::initializer_list<Segment> segments) {
  Program program;
  program.mode = BasalMode::kDaySchedule;
  for (const Segment& segment : segments) program.segments.push(segment);
  return program;
}

// Workdays slow by night, weekends even.
Program week() {
  return schedule({{0x1F, 0, 480'000}, {0x1F, 420, 1'440'000}, {0x1F, 1320, 480'000}, {0x60, 0, 960'000}});
}

StatusCode set_clock(FakeBoard& board, std::int64_t local_time_s) {
  return board.command([&](Pump& pump, Tick now) { return pump.set_clock(now, local_time_s, Role::kClinician); });
}
StatusCode prime(FakeBoard& board, std::uint32_t nl) {
  return board.command([&](Pump& pump, Tick now) { return pump.prime(now, nl); });
}
StatusCode give(FakeBoard& board, std::uint32_t nonce, std::uint32_t nl, std::uint32_t seconds) {
  return board.command([&](Pump& pump, Tick now) { return pump.give_bolus(now, nonce, nl, seconds); });
}

void start_at(FakeBoard& board, const Program& program, std::int64_t local_time_s) {
  board.run_for(2 * kSecond);
  ASSERT_EQ(set_clock(board, local_time_s), StatusCode::kOk);
  ASSERT_EQ(testing::set_program(board, program), StatusCode::kOk);
  ASSERT_EQ(testing::enter(board, 20'000'000), StatusCode::kOk);
  ASSERT_EQ(testing::start(board), StatusCode::kOk);
}

// Half nanolitres of a schedule from one local second to another, second by second.
std::uint64_t volume_by_the_second(const Program& program, std::int64_t from_s, std::int64_t to_s) {
  std::uint64_t rate_seconds = 0;
  for (std::int64_t s = from_s; s < to_s; ++s) {
    const std::int64_t weekday = (s / 86'400 + 3) % 7;
    const std::int64_t minute = s % 86'400 / 60;
    std::uint32_t rate = 0;
    std::int64_t best = -1;
    for (const Segment& segment : program.segments.view()) {
      const bool today = (segment.weekdays & 1 << weekday) != 0;
      if (today && segment.start_min <= minute && segment.start_min > best) {
        best = segment.start_min;
        rate = segment.rate_nl_per_day;
      }
    }
    rate_seconds += rate;
  }
  return 2 * rate_seconds / 86'400;
}

TEST(DaySchedule, AWeekGivesTheSumOfItsPiecesAndEveryDayIsWithinAStep) {
  FakeBoard board;
  board.record_steps = false;
  start_at(board, week(), kMonday);
  for (std::int64_t day = 0; day < 7; ++day) {
    const std::uint64_t before = board.step_count;
    board.run_for(kDay);
    const double wanted = static_cast<double>(volume_by_the_second(week(), kMonday + day * 86'400, kMonday + (day + 1) * 86'400)) / 25;
    EXPECT_NEAR(static_cast<double>(board.step_count - before), wanted, 1.01) << "day " << day;
  }
  EXPECT_FALSE(board.pump().alarms().any());
}

TEST(DaySchedule, TheRateChangesOnTheMinute) {
  FakeBoard board;
  start_at(board, week(), kMonday + 6 * 3600 + 58 * 60);
  const Tick edge = board.rtc_now() + 2 * kMinute;
  board.run_until(board.now() + 10 * kMinute);
  std::size_t slow = 0;
  Tick last = 0;
  for (const Tick step : board.steps) {
    const Tick interval = step - last;
    if (last != 0 && step < edge) {
      EXPECT_NEAR(static_cast<double>(interval), 2.25 * kSecond, 2) << "step " << slow;
    }
    if (last > edge) {
      EXPECT_NEAR(static_cast<double>(interval), 0.75 * kSecond, 2);
    }
    if (step < edge) ++slow;
    last = step;
  }
  EXPECT_GE(slow, 50U);
}

TEST(DaySchedule, RandomSchedulesGiveWhatTheyPrescribeOverResetsAndClockChanges) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 60; ++round) {
    Program program;
    program.mode = BasalMode::kDaySchedule;
    const auto groups = static_cast<std::uint8_t>(random() & 0x7F);
    for (const std::uint8_t days : {groups, static_cast<std::uint8_t>(~groups & 0x7F)}) {
      if (days == 0) continue;
      const std::size_t pieces = 1 + random() % 6;
      for (std::size_t i = 0; i < pieces; ++i) {
        const auto start = static_cast<std::uint16_t>(i == 0 ? 0 : i * 200 + random() % 150);
        program.segments.push({days, start, static_cast<std::uint32_t>(48'000 + random() % 3'000'000)});
      }
    }
    ASSERT_EQ(check(program).status, StatusCode::kOk);
    FakeBoard board;
    board.record_steps = false;
    std::int64_t local = kMonday + static_cast<std::int64_t>(random() % (20 * 86'400));
    start_at(board, program, local);
    double wanted = 0;
    const std::uint64_t before = board.step_count;
    for (int part = 0; part < 6; ++part) {
      const auto span = static_cast<std::int64_t>(600 + random() % 40'000);
      board.run_for(static_cast<Tick>(span) * kSecond);
      wanted += static_cast<double>(volume_by_the_second(program, local, local + span)) / 25;
      local += span;
      if (random() % 2 == 0) {
        local = kMonday + static_cast<std::int64_t>(random() % (20 * 86'400));
        ASSERT_EQ(set_clock(board, local), StatusCode::kOk);
      }
    }
    EXPECT_NEAR(static_cast<double>(board.step_count - before), wanted, 2.0) << "round " << round;
    EXPECT_FALSE(board.pump().alarms().any());
  }
}

TEST(DaySchedule, OneThatLeavesADayOutOrSaysAMinuteTwiceIsRefused) {
  EXPECT_EQ(check(schedule({{0x3F, 0, 480'000}})).status, StatusCode::kScheduleIncomplete);
  EXPECT_EQ(check(schedule({{0x7F, 1, 480'000}})).status, StatusCode::kScheduleIncomplete);
  EXPECT_EQ(check(schedule({{0x7F, 0, 480'000}, {0x01, 0, 500'000}})).status, StatusCode::kScheduleIncomplete);
  EXPECT_EQ(check(schedule({{0x7F, 0, 480'000}, {0x01, 1440, 500'000}})).status, StatusCode::kScheduleIncomplete);
  EXPECT_EQ(check(schedule({{0x7F, 0, 47'999}})).status, StatusCode::kRateOutOfRange);
  Program mixed = week();
  mixed.basal_rate_nl_per_day = 480'000;
  EXPECT_EQ(check(mixed).status, StatusCode::kModeMismatch);
  Program program = schedule({{0x7F, 0, 480'000}});
  for (std::uint16_t i = 1; i <= 24; ++i) program.segments.push({0x7F, i, 480'000});
  EXPECT_EQ(check(program).status, StatusCode::kScheduleIncomplete);
}

TEST(DaySchedule, BoundsHoldForEveryWindow) {
  const Program program = week();
  const BasalBounds bounds = basal_bounds(program);
  for (std::int64_t from = kMonday; from < kMonday + 7 * 86'400; from += 1800) {
    EXPECT_LE(volume_by_the_second(program, from, from + 86'400), bounds.half_nl_in_24h);
    EXPECT_LE(24 * volume_by_the_second(program, from, from + 3'600), bounds.half_nl_in_1h_times_24);
  }
}

TEST(MinimumRate, IsOneStepInThreeMinutes) {
  Program program;
  program.mode = BasalMode::kMinimumRate;
  FakeBoard board;
  board.run_for(2 * kSecond);
  ASSERT_EQ(testing::set_program(board, program), StatusCode::kOk);
  ASSERT_EQ(testing::enter(board, 20'000'000), StatusCode::kOk);
  ASSERT_EQ(testing::start(board), StatusCode::kOk);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kMinimumRate);
  board.run_for(kDay);
  ASSERT_EQ(board.steps.size(), 480U);
  for (std::size_t i = 1; i < board.steps.size(); ++i) ASSERT_EQ(board.steps[i] - board.steps[i - 1], 180 * kSecond);
}

Program periodic() {
  Program program = testing::program_at(240'000);
  program.mode = BasalMode::kPeriodic;
  program.periodic_dose_nl = 12'500;
  program.periodic_duration_s = 600;
  program.periodic_interval_s = 4 * 3600;
  return program;
}

TEST(PeriodicBolus, ComesEveryIntervalBesideTheBaseAndNoneIsMadeUpAfterAPause) {
  FakeBoard board;
  board.record_steps = false;
  begin(board, periodic());
  const std::uint64_t before = board.step_count;
  board.run_for(kDay + kHour);  // the sixth ends ten minutes after the day
  const double base = 240'000.0 * 25 / 24 / 12.5;
  EXPECT_NEAR(static_cast<double>(board.step_count - before), base + 6 * 1000, 2);
  const std::uint64_t paused = board.step_count;
  testing::stop(board);
  board.run_for(9 * kHour);  // two are lost
  EXPECT_EQ(board.step_count, paused);
  testing::start(board);
  board.run_for(kHour + 50 * kMinute);
  EXPECT_NEAR(static_cast<double>(board.step_count - paused), 240'000.0 * 110 / 1440 / 12.5, 2);
  board.run_for(20 * kMinute);
  EXPECT_NEAR(static_cast<double>(board.step_count - paused), 240'000.0 * 130 / 1440 / 12.5 + 1000, 2);
  EXPECT_FALSE(board.pump().alarms().any());
}

TEST(PeriodicBolus, KeepsItsGridOverAReset) {
  FakeBoard board;
  board.record_steps = false;
  begin(board, periodic());
  const Tick begun = board.rtc_now();
  board.run_for(3 * kHour);
  board.reboot(hal::ResetCause::kBrownOut, 30 * kSecond);
  while (board.rtc_now() < begun + 4 * kHour - 10 * kSecond) board.run_for(kSecond);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  board.run_for(20 * kSecond);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kPeriodicBolus);
}

TEST(PeriodicBolus, ThatWouldNotEndBeforeTheNextOrPassesTheSpeedCeilingIsRefused) {
  Program program = periodic();
  program.periodic_duration_s = program.periodic_interval_s;
  EXPECT_EQ(check(program).status, StatusCode::kPeriodicBolusOutOfRange);
  program = periodic();
  program.basal_rate_nl_per_day = 24'000'000;
  program.periodic_duration_s = 300;
  EXPECT_EQ(check(program).status, StatusCode::kCombinedRateTooHigh);
  program = periodic();
  program.mode = BasalMode::kContinuous;
  EXPECT_EQ(check(program).status, StatusCode::kModeMismatch);
}

TEST(SingleBolus, AddsItsDoseToAnUnchangedBaseAndStartsTheLockout) {
  FakeBoard board;
  begin(board, testing::bolus_program());
  const std::uint64_t before = board.step_count;
  ASSERT_EQ(give(board, 5, 50'000, 1800), StatusCode::kOk);
  EXPECT_EQ(give(board, 5, 50'000, 1800), StatusCode::kOk);  // asked again
  EXPECT_EQ(give(board, 6, 50'000, 1800), StatusCode::kBolusRunning);
  board.run_for(kHour - kSecond);
  EXPECT_NEAR(static_cast<double>(board.step_count - before), 4000 + 3600 / 2.16, 2);
  EXPECT_EQ(testing::bolus(board, 7), StatusCode::kLockout);
  board.run_for(kSecond);
  EXPECT_EQ(testing::bolus(board, 8), StatusCode::kOk);
}

TEST(SingleBolus, EndsWhenTheClinicianSaysSo) {
  FakeBoard board;
  begin(board, testing::bolus_program());
  ASSERT_EQ(give(board, 5, 50'000, 1800), StatusCode::kOk);
  board.run_for(15 * kMinute);
  EXPECT_EQ(board.command([](Pump& pump, Tick now) { return pump.end_bolus(now); }), StatusCode::kOk);
  EXPECT_NEAR(board.pump().bolus_given(), 2000, 2);
  const std::uint64_t before = board.step_count;
  board.run_for(kHour);
  EXPECT_NEAR(static_cast<double>(board.step_count - before), 3600 / 2.16, 2);
  EXPECT_EQ(board.command([](Pump& pump, Tick now) { return pump.end_bolus(now); }), StatusCode::kNothingRuns);
}

// Morphine 10 mg/mL in the path, 20 mg/mL filled in, 5 mg/day: the worked example of a bridge.
Program on_path(std::uint32_t rate_nl_per_day, std::uint32_t mg_per_ml) {
  Program program = testing::bolus_program(rate_nl_per_day);
  program.drug = 1;
  program.concentration_ng_per_ml = mg_per_ml * 1'000'000;
  program.pump_tube_nl = 199'000;
  program.catheter_nl = 176'000;
  return program;
}

Program bridged() {
  Program program = on_path(250'000, 20);
  program.bridge_volume_nl = 375'000;
  program.bridge_rate_nl_per_day = 500'000;
  return program;
}

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
  program.mode = BasalMode::kPeriodic;
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
  ASSERT_EQ(prime(board, 375'000), StatusCode::kOk);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kPriming);
  EXPECT_EQ(testing::bolus(board, 1), StatusCode::kPriming);
  board.run_for(22 * kMinute + 31 * kSecond);  // 375 µL at 16.67 µL/min
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

TEST(VolumeLimiterOfTheWholePump, AWrongButLegalRateGoesNoFurtherThanTenMicrolitres) {
  for (const std::uint32_t rate : {48'000U, 500'000U, 5'000'000U}) {
    Pump::Config config;
    config.mutant = Mutant::kRateWrong;
    FakeBoard board(config);
    begin(board, testing::program_at(rate));
    const Tick begun = board.rtc_now();
    board.record_steps = false;
    const std::uint64_t before = board.step_count;
    while (board.pump().therapy_state() == TherapyState::kRunning && board.rtc_now() < begun + 3 * kDay) board.run_for(kSecond);
    EXPECT_TRUE(board.pump().alarms().active(AlarmId::kOverVolume)) << rate;
    const double out_ul = static_cast<double>(board.step_count - before) * 0.0125;
    const double prescribed_ul = static_cast<double>(rate) * 1e-3 * static_cast<double>(board.rtc_now() - begun) / kDay;
    EXPECT_LE(out_ul - prescribed_ul, 10.03) << rate;
    EXPECT_GE(out_ul - prescribed_ul, 9.5) << rate;
  }
}

TEST(VolumeLimiterOfTheWholePump, IsQuietOverEveryKindOfTherapy) {
  std::mt19937_64 random(5);
  for (const Program& program : {week(), periodic(), on_path(500'000, 10)}) {
    FakeBoard board;
    board.record_steps = false;
    start_at(board, program, kMonday + 3600);
    for (std::uint32_t i = 0; i < 60; ++i) {
      board.run_for(random() % (2 * kHour));
      switch (random() % 5) {
        case 0:
          testing::stop(board);
          board.run_for(random() % kHour);
          testing::start(board);
          break;
        case 1:
          board.reboot(static_cast<hal::ResetCause>(random() % 5), random() % kMinute);
          board.run_for(2 * kSecond);
          testing::clear(board, AlarmId::kResets);
          break;
        case 2:
          set_clock(board, kMonday + static_cast<std::int64_t>(random() % (14 * 86'400)));
          break;
        case 3:
          give(board, 100 + i, static_cast<std::uint32_t>(1000 + random() % 20'000), 600);
          break;
        default:
          testing::bolus(board, i + 1);
      }
      ASSERT_EQ(board.pump().alarms().mask(), 0U) << i;
    }
  }
}

TEST(Memory, ADamagedCopyOfTheProgramInMemoryIsFoundWithinAnHourAndMended) {
  for (const bool therapy : {true, false}) {
    FakeBoard board;
    begin(board, testing::bolus_program());
    auto& damaged = const_cast<Program&>(therapy ? board.pump().program() : board.pump().limiter().copy());
    damaged.bolus_dose_nl ^= 0x100;
    board.run_for(kHour);
    EXPECT_EQ(board.pump().program(), testing::bolus_program());
    EXPECT_EQ(board.pump().limiter().copy(), testing::bolus_program());
    EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  }
}

TEST(Memory, TwoDamagedCopiesHaltThePump) {
  FakeBoard board;
  begin(board, testing::bolus_program());
  const_cast<Program&>(board.pump().program()).bolus_dose_nl ^= 0x100;
  const_cast<Program&>(board.pump().limiter().copy()).bolus_dose_nl ^= 0x100;
  board.run_for(kHour);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kMemory));
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
}

TEST(Calendar, SettingItNeverShortensALockoutOrACount) {
  FakeBoard board;
  Program program = testing::bolus_program();
  program.bolus_max_per_24h = 1;
  begin(board, program);
  ASSERT_EQ(testing::bolus(board, 1), StatusCode::kOk);
  board.run_for(10 * kMinute);
  const Tick left = board.pump().lockout_left(board.now());
  for (const std::int64_t to : {kMonday, kMonday + 10 * kSecondsPerDay, std::int64_t{0}}) {
    ASSERT_EQ(set_clock(board, to), StatusCode::kOk);
    EXPECT_EQ(board.pump().lockout_left(board.now()), left);
    EXPECT_EQ(board.pump().local_time_s(board.now()), to);
    EXPECT_EQ(testing::bolus(board, 2), StatusCode::kLockout);
  }
  board.run_for(2 * kHour);
  set_clock(board, kMonday + 100 * kSecondsPerDay);
  EXPECT_EQ(testing::bolus(board, 3), StatusCode::kDailyCountReached);
}

TEST(AlarmTest, SoundsBothSignalsOnceAndDeliveryGoesOn) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.tones.clear();
  const std::uint64_t before = board.step_count;
  EXPECT_EQ(board.command([](Pump& pump, Tick now) { return pump.test_alarm(now, Role::kClinician); }), StatusCode::kOk);
  board.run_for(kHour);
  ASSERT_EQ(board.tones.size(), 9U);
  EXPECT_EQ(board.tones[6].first - board.tones[0].first, 3 * kSecond);
  EXPECT_EQ(board.tones[6].second, hal::Tone::kOff);
  EXPECT_EQ(board.tones[8].first - board.tones[7].first, kSecond);
  EXPECT_NEAR(static_cast<double>(board.step_count - before), 3600 / 2.16, 1);
}

}  // namespace
}  // namespace pumpfw
