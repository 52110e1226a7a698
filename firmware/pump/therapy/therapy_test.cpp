// What goes out by the clock and by command: day schedule, minimum rate, periodic and single boluses, calendar. Judged by the steps alone;
// what should have gone out is worked out here from the program, second by second, by other means than the firmware's.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "firmware/pump/testing/therapies.h"

namespace pumpfw {
namespace {

using protocol::BasalMode;
using protocol::Segment;
using testing::begin;
using testing::FakeBoard;
using testing::give;
using testing::kMonday;
using testing::on_path;
using testing::periodic;
using testing::schedule;
using testing::set_clock;
using testing::start_at;
using testing::week;

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

// A program without boluses of the patient need have no ceilings; those that it has hold for the clinician as well.
TEST(SingleBolus, KeepsTheCeilingsThatTheProgramHas) {
  for (const bool has : {false, true}) {
    FakeBoard board;
    Program program = testing::program_at(500'000);
    program.ceiling_24h_nl = has ? 600'000 : 0;
    begin(board, program);
    ASSERT_EQ(give(board, 1, 100'000, 3'600), StatusCode::kOk) << "just within";
    board.run_for(2 * kHour);
    EXPECT_EQ(give(board, 2, 1'000, 3'600), has ? StatusCode::kDayCeilingReached : StatusCode::kOk);
  }
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

TEST(Calendar, SettingItNeverShortensALockoutOrACount) {
  FakeBoard board;
  Program program = testing::bolus_program();
  program.bolus_max_per_24h = 1;
  begin(board, program);
  ASSERT_EQ(testing::bolus(board, 1), StatusCode::kOk);
  board.run_for(10 * kMinute);
  const Tick left = board.pump().lockout_left(board.now());
  for (const std::int64_t to : {kMonday, kMonday + 10 * kSecondsPerDay, kCalendarBegins}) {
    ASSERT_EQ(set_clock(board, to), StatusCode::kOk);
    EXPECT_EQ(board.pump().lockout_left(board.now()), left);
    EXPECT_EQ(board.pump().local_time_s(board.now()), to);
    EXPECT_EQ(testing::bolus(board, 2), StatusCode::kLockout);
  }
  board.run_for(2 * kHour);
  set_clock(board, kMonday + 100 * kSecondsPerDay);
  EXPECT_EQ(testing::bolus(board, 3), StatusCode::kDailyCountReached);
}

TEST(Calendar, ADayScheduleStartsByACalendarThatIsSetAndByNoOther) {
  FakeBoard board;
  board.run_for(2 * kSecond);
  ASSERT_EQ(set_program(board, week()), StatusCode::kOk);
  ASSERT_EQ(enter(board, 20'000'000), StatusCode::kOk);
  EXPECT_EQ(start(board), StatusCode::kClockNotSet);
  EXPECT_EQ(set_clock(board, kCalendarBegins - 1), StatusCode::kStateOutOfRange);
  ASSERT_EQ(set_clock(board, kMonday), StatusCode::kOk);
  EXPECT_EQ(start(board), StatusCode::kOk);
  EXPECT_FALSE(board.pump().alarms().active(AlarmId::kClockNotSet));
}

TEST(Calendar, NorDoesARunningPumpTakeOneByACalendarThatIsNotSet) {
  FakeBoard board;
  begin(board, testing::bolus_program());
  EXPECT_EQ(set_program(board, week()), StatusCode::kClockNotSet);
  EXPECT_EQ(board.pump().program(), testing::bolus_program());
}

// The real-time clock was lost with the supply, and the calendar with it.
TEST(Calendar, ATherapyThatRunsByOneThatIsNotSetGoesOnAndSaysSo) {
  FakeBoard board;
  start_at(board, week(), kMonday);
  board.run_for(kHour);
  board.reboot();
  board.rtc_base_ = 0;
  board.reboot(hal::ResetCause::kPowerOn);
  board.run_for(10 * kSecond);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kClockNotSet));
  ASSERT_EQ(set_clock(board, kMonday), StatusCode::kOk);
  EXPECT_FALSE(board.pump().alarms().active(AlarmId::kClockNotSet));
}

// 10 mg/mL in the path, then a program that does not say, then 20 mg/mL: the second step would go without a bridge.
TEST(Bridge, NobodyGetsFromOneConcentrationToAnotherByWayOfNone) {
  FakeBoard board;
  begin(board, on_path(250'000, 10));
  Program unsaid = on_path(250'000, 10);
  unsaid.concentration_ng_per_ml = 0;
  EXPECT_EQ(set_program(board, unsaid), StatusCode::kConcentrationNotStated);
  Program other = unsaid;
  other.drug = 7;
  EXPECT_EQ(set_program(board, other), StatusCode::kConcentrationNotStated);
  EXPECT_EQ(set_program(board, on_path(250'000, 20)), StatusCode::kBridgeRequired);
}

}  // namespace
}  // namespace pumpfw
