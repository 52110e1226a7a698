// The cell over a pump's life, and resets that nobody asked for. What a real cell does stands here once more, apart from the gauge.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "firmware/pump/testing/programs.h"

namespace pumpfw {
namespace {

using testing::begin;
using testing::FakeBoard;
using testing::program_at;

constexpr double kCapacityUah = 1'200'000;

// Current of a pump at a rate, by the sums of the cell's data: 12 uA and 15 uC a step of 12.5 nL.
double microamperes(double ml_per_day) {
  return 12 + 15.0 * ml_per_day * 1e6 / 12.5 / 86'400;
}

// As if so much of the cell had been used when the clock stood where it stands.
void age_cell(FakeBoard& board, unsigned permille) {
  protocol::DeviceState state;
  state.reservoir_nl = 20'000'000;
  state.battery_used_permille = static_cast<std::uint16_t>(permille);
  ASSERT_EQ(board.command([&](Pump& pump, Tick now) { return pump.establish(now, state, false); }), StatusCode::kOk);
}

double days_to_replace(const FakeBoard& board, const Pump& pump) {
  return static_cast<double>(pump.replace_by(board.now()) - pump.pump_time(board.now())) / static_cast<double>(kDay);
}

TEST(Cell, ItsCountIsTheChargeThatLeftItAtEveryRate) {
  for (const std::uint32_t rate : {48'000U, 500'000U, 24'000'000U}) {
    FakeBoard board;
    board.record_steps = false;
    begin(board, program_at(rate), rate > 20'000'000 ? 20'000'000 : rate);
    const Tick from = board.now();
    const std::uint64_t before = board.pump().cell_used_uc(board.now());
    board.run_for(19 * kHour);
    const double used = static_cast<double>(board.pump().cell_used_uc(board.now()) - before);
    const double seconds = static_cast<double>(board.now() - from) / kSecond;
    EXPECT_NEAR(used / (microamperes(rate / 1e6) * seconds), 1.0, 1e-3) << rate;
  }
}

TEST(Cell, IsMeasuredUnderLoadAtLeastFourTimesADayAndAtABolus) {
  FakeBoard board;
  board.record_steps = false;
  begin(board, testing::bolus_program(48'000));
  board.run_for(kMinute);
  const std::uint64_t before = board.battery_readings;
  board.run_for(kDay);
  EXPECT_GE(board.battery_readings - before, 4U * LoadedVoltage::kReadings);
  EXPECT_LE(board.battery_readings - before, 6U * LoadedVoltage::kReadings);
  const std::uint64_t at_bolus = board.battery_readings;
  board.battery_mv = 2790;
  ASSERT_EQ(testing::bolus(board, 1), StatusCode::kOk);
  board.run_for(2 * kSecond);
  EXPECT_EQ(board.battery_readings - at_bolus, std::uint64_t{LoadedVoltage::kReadings});
  EXPECT_EQ(board.pump().loaded_mv(), 2790);
}

// The notice comes when the rest lasts 90 days at present use and 20 % more, from the count of charge: at 24 mL/day near 23 % discharge.
TEST(Cell, TheNoticeLeavesNinetyDaysAtEveryRate) {
  for (const double ml_per_day : {0.048, 1.7, 24.0}) {
    const double per_day_uah = microamperes(ml_per_day) * 24 * 1.2;
    const double notice_permille = 1000 * (0.975 - 90 * per_day_uah / kCapacityUah);
    if (ml_per_day == 24.0) {
      EXPECT_NEAR(notice_permille, 230, 3);
    }
    for (const int beside : {-3, 3}) {
      FakeBoard board;
      board.record_steps = false;
      board.run_for(2 * kSecond);
      age_cell(board, static_cast<unsigned>(std::lround(notice_permille + beside)));
      testing::set_program(board, program_at(static_cast<std::uint32_t>(ml_per_day * 1e6)));
      ASSERT_EQ(testing::start(board), StatusCode::kOk);
      board.run_for(21 * kMinute);
      EXPECT_EQ(board.pump().alarms().active(AlarmId::kBatteryReplace), beside > 0) << ml_per_day << ' ' << beside;
      EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
      EXPECT_NEAR(days_to_replace(board, board.pump()), 90, 12.0) << ml_per_day;
      if (beside > 0) {
        EXPECT_LE(days_to_replace(board, board.pump()), 90.0) << ml_per_day;
      }
    }
  }
}

TEST(Cell, NinetyDaysAfterTheNoticeTherapyEndsForGood) {
  FakeBoard board;
  board.record_steps = false;
  board.run_for(2 * kSecond);
  age_cell(board, 960);
  testing::set_program(board, program_at(48'000));
  testing::start(board);
  board.run_for(21 * kMinute);
  ASSERT_TRUE(board.pump().alarms().active(AlarmId::kBatteryReplace));
  EXPECT_EQ(testing::clear(board, AlarmId::kBatteryReplace), StatusCode::kOk);
  board.run_for(89 * kDay + 23 * kHour);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  EXPECT_FALSE(board.pump().alarms().any());
  board.run_for(kHour);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kBatteryEnd));
  EXPECT_EQ(testing::clear(board, AlarmId::kBatteryEnd), StatusCode::kAlarmCauseStands);
  board.reboot();
  board.run_for(2 * kSecond);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kBatteryEnd));
  EXPECT_EQ(testing::start(board), StatusCode::kCriticalAlarm);
}

TEST(Cell, AVoltageBelowItsEndMustStandThreeTimesBeforeTherapyEnds) {
  FakeBoard board;
  begin(board, program_at(500'000));
  board.run_for(kMinute);
  board.battery_mv = 2190;
  for (Tick waited = 0; board.pump().loaded_mv() != 2190; waited += kSecond) {
    ASSERT_LT(waited, 6 * kHour);
    board.run_for(kSecond);
  }
  board.battery_mv = 3000;
  board.run_for(kHour);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning) << "it was a passing dip";
  EXPECT_FALSE(board.pump().alarms().any());
  EXPECT_GT(days_to_replace(board, board.pump()), 1'000);
  board.battery_mv = 2190;
  board.run_for(5 * kHour + 20 * kMinute);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kBatteryEnd));
}

// REQ-502, 504: use that lasts, not the load of the moment.
TEST(Cell, AQuarterOfAnHourAtAHighRateTakesNoYearsFromThePump) {
  FakeBoard board;
  board.record_steps = false;
  board.run_for(2 * kSecond);
  age_cell(board, 500);
  testing::set_program(board, program_at(500'000));
  ASSERT_EQ(testing::start(board), StatusCode::kOk);
  board.run_for(kHour);
  const double before = days_to_replace(board, board.pump());
  EXPECT_GT(before, 1'000);
  testing::set_program(board, program_at(24'000'000));
  board.run_for(15 * kMinute);
  EXPECT_LT(days_to_replace(board, board.pump()), 60) << "the date follows the program";
  EXPECT_FALSE(board.pump().alarms().any());
  testing::set_program(board, program_at(500'000));
  board.run_for(kHour);
  EXPECT_FALSE(board.pump().alarms().any());
  EXPECT_NEAR(days_to_replace(board, board.pump()), before, 5);
}

TEST(Cell, TheNoticeOfAHighRateComesWhenItLastsAndEndsWhenItHasEndedForGood) {
  FakeBoard board;
  board.record_steps = false;
  board.run_for(2 * kSecond);
  age_cell(board, 500);
  testing::set_program(board, program_at(500'000));
  ASSERT_EQ(testing::start(board), StatusCode::kOk);
  board.run_for(kHour);
  testing::set_program(board, program_at(24'000'000));
  const auto runs = [&](int half_days) {
    for (int i = 0; i < half_days; ++i) {
      ASSERT_EQ(testing::enter(board, 20'000'000), StatusCode::kOk);
      board.run_for(12 * kHour);
    }
  };
  runs(1);
  EXPECT_FALSE(board.pump().alarms().active(AlarmId::kBatteryReplace));
  runs(3);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kBatteryReplace));
  testing::stop(board);
  board.run_for(30 * kHour);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kBatteryReplace)) << "a pause is no use at all";
  board.reboot();
  board.run_for(2 * kSecond);
  testing::set_program(board, program_at(500'000));
  ASSERT_EQ(testing::start(board), StatusCode::kOk);
  board.run_for(kHour);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kBatteryReplace));
  runs(6);
  EXPECT_FALSE(board.pump().alarms().active(AlarmId::kBatteryReplace));
  EXPECT_GT(days_to_replace(board, board.pump()), 900);
  board.run_for(91 * kDay);
  EXPECT_FALSE(board.pump().alarms().active(AlarmId::kBatteryEnd));
}

// 2.29 V under load is below the notice's voltage. What one value says, or a bad hour, is not the cell.
TEST(Cell, ALowVoltageMustStandForHoursAndForDaysAgainstTheCount) {
  for (const unsigned permille : {50U, 850U}) {
    FakeBoard board;
    board.record_steps = false;
    board.run_for(2 * kSecond);
    age_cell(board, permille);
    testing::set_program(board, program_at(100'000));
    ASSERT_EQ(testing::start(board), StatusCode::kOk);
    board.run_for(kHour);
    board.battery_mv = 2290;
    board.run_for(6 * kHour);
    EXPECT_EQ(board.pump().loaded_mv(), 2290);
    EXPECT_FALSE(board.pump().alarms().any()) << permille;
    board.run_for(10 * kHour);
    EXPECT_EQ(board.pump().alarms().active(AlarmId::kBatteryReplace), permille == 850) << permille;
    board.run_for(3 * kDay);
    EXPECT_TRUE(board.pump().alarms().active(AlarmId::kBatteryReplace)) << permille;
    EXPECT_LE(days_to_replace(board, board.pump()), 90) << permille;
    board.battery_mv = 3000;
    board.run_for(20 * kHour);
    EXPECT_FALSE(board.pump().alarms().any()) << "the cell holds again";
  }
}

// Seven years, a week of each month lived through and the rest skipped, with resets now and then. Nothing but the age ends it at this rate,
// and the replace-by date only ever comes nearer.
TEST(Cell, SevenYearsEndAtTheAgeAndTheDateIsNeverBlank) {
  FakeBoard board;
  board.record_steps = false;
  std::mt19937_64 random(11);
  begin(board, program_at(48'000));
  const std::uint64_t first = board.rtc_now();
  double last_date_days = 1e9;
  while (!board.pump().alarms().active(AlarmId::kBatteryEnd)) {
    ASSERT_LT(board.rtc_now() - first, 2600 * kDay);
    board.run_for(kDay + random() % (6 * kDay));
    board.reboot(hal::ResetCause::kPowerOn, 20 * kDay + random() % (6 * kDay));
    board.run_for(kHour);
    const double date_days = static_cast<double>(board.pump().replace_by(board.now())) / static_cast<double>(kDay);
    ASSERT_GT(date_days, 3.0);
    ASSERT_LT(date_days, last_date_days + 0.5);
    last_date_days = date_days;
  }
  EXPECT_GE(board.rtc_now(), kServiceLife);
  EXPECT_LE(board.rtc_now(), kServiceLife + 33 * kDay);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
}

TEST(Resets, ThreeInADayThatNobodyAskedForAreCritical) {
  FakeBoard board;
  begin(board, program_at(500'000));
  board.run_for(kMinute);
  for (const hal::ResetCause cause : {hal::ResetCause::kSoftware, hal::ResetCause::kPin, hal::ResetCause::kBrownOut}) {
    for (int i = 0; i < (cause == hal::ResetCause::kBrownOut ? 2 : 4); ++i) {
      board.reboot(cause);
      board.run_for(11 * kHour);
      ASSERT_FALSE(board.pump().alarms().any());
      ASSERT_EQ(board.pump().therapy_state(), TherapyState::kRunning) << i;
    }
  }
  board.run_for(2 * kHour + kMinute);  // the first of the two is a day old
  board.reboot(hal::ResetCause::kWatchdog);
  board.run_for(2 * kSecond);
  EXPECT_FALSE(board.pump().alarms().any());
  board.reboot(hal::ResetCause::kBrownOut);
  board.run_for(2 * kSecond);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kResets));
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning) << "the base goes on";
  EXPECT_EQ(testing::clear(board, AlarmId::kResets), StatusCode::kOk);
  EXPECT_FALSE(board.pump().alarms().any());
}

void reset_three_times(FakeBoard& board, hal::ResetCause cause, Tick dead = 100) {
  begin(board, testing::bolus_program());
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(board.pump().alarms().active(AlarmId::kResets));
    board.run_for(kMinute);
    board.reboot(cause, dead);
  }
  board.run_for(kMinute);
}

TEST(Resets, TheirAlarmStandsOverAnyOtherResetUntilAClinicianClearsIt) {
  FakeBoard board;
  reset_three_times(board, hal::ResetCause::kBrownOut);
  for (const hal::ResetCause cause : {hal::ResetCause::kSoftware, hal::ResetCause::kPin}) {
    EXPECT_TRUE(board.pump().alarms().active(AlarmId::kResets));
    EXPECT_EQ(testing::bolus(board, 1 + static_cast<std::uint32_t>(cause)), StatusCode::kCriticalAlarm);
    board.reboot(cause);
    board.run_for(3 * kDay);
  }
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kResets));
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  EXPECT_EQ(testing::clear(board, AlarmId::kResets), StatusCode::kOk);
  board.run_for(kSecond);
  board.reboot();
  board.run_for(kMinute);
  EXPECT_FALSE(board.pump().alarms().any());
  EXPECT_EQ(testing::bolus(board, 9), StatusCode::kOk);
}

TEST(Resets, AMutantThatForgetsTheirAlarmGrantsAgain) {
  Pump::Config config;
  config.mutant = Mutant::kResetsAlarmForgotten;
  FakeBoard board(config);
  reset_three_times(board, hal::ResetCause::kBrownOut);
  ASSERT_TRUE(board.pump().alarms().active(AlarmId::kResets));
  board.reboot(hal::ResetCause::kSoftware);
  board.run_for(kMinute);
  EXPECT_EQ(testing::bolus(board, 1), StatusCode::kOk);
}

TEST(Resets, DipsSoDeepThatTheyLookLikeAPowerOnCountAndLongPausesDoNot) {
  FakeBoard dips;
  reset_three_times(dips, hal::ResetCause::kPowerOn);
  EXPECT_TRUE(dips.pump().alarms().active(AlarmId::kResets));
  FakeBoard pauses;
  reset_three_times(pauses, hal::ResetCause::kPowerOn, 2 * kHour);
  EXPECT_FALSE(pauses.pump().alarms().any());
  FakeBoard clock_gone;  // with the supply
  begin(clock_gone, testing::bolus_program());
  for (int i = 0; i < 3; ++i) {
    clock_gone.run_for(kMinute);
    clock_gone.rtc_jump = 0 - clock_gone.rtc_now() - 100;
    clock_gone.reboot(hal::ResetCause::kPowerOn);
  }
  clock_gone.run_for(kMinute);
  EXPECT_TRUE(clock_gone.pump().alarms().active(AlarmId::kResets));
}

// REQ-801: what came before must not be pushed out of the log by a cell that is near its end.
TEST(Log, ACellThatStaysBelowItsEndIsNotedNoMoreThanItTakes) {
  FakeBoard board;
  board.record_steps = false;
  begin(board, program_at(500'000));
  board.battery_mv = 2150;
  board.run_for(kDay);
  ASSERT_TRUE(board.pump().alarms().active(AlarmId::kBatteryEnd));
  const std::uint32_t before = board.pump().log().newest();
  board.run_for(30 * kDay);
  EXPECT_LE(board.pump().log().newest() - before, 10U);
}

// A cell that sags whenever the pump starts. The number of each reset that is noted tells how many were not.
TEST(Log, ResetsInALoopAreNotedOnceAnHourWhenTheirAlarmStands) {
  FakeBoard board;
  board.record_steps = false;
  begin(board, testing::bolus_program());
  board.run_for(kMinute);
  board.battery_mv = 2150;
  const std::uint32_t before = board.pump().log().newest();
  const std::uint32_t resets = board.pump().saved().resets;
  constexpr std::uint32_t kHours = 48;
  std::uint32_t loops = 0;
  for (const std::uint64_t from = board.rtc_now(); board.rtc_now() < from + kHours * kHour; ++loops) {
    board.run_for(4 * kSecond + loops % 70 * kSecond);
    board.reboot(hal::ResetCause::kBrownOut);
  }
  board.battery_mv = 3000;
  board.run_for(2 * kSecond);
  EXPECT_EQ(board.pump().saved().resets, resets + loops);
  ASSERT_TRUE(board.pump().alarms().active(AlarmId::kResets));
  EXPECT_LE(board.pump().log().newest() - before, 10U * kHours);
  EXPECT_GE(board.pump().log().newest() - before, 2U * kHours);
  // Once a clinician has cleared it, every reset is noted again.
  ASSERT_EQ(testing::clear(board, AlarmId::kResets), StatusCode::kOk);
  board.run_for(kSecond);
  const std::uint32_t cleared = board.pump().log().newest();
  board.reboot(hal::ResetCause::kPin);
  board.run_for(2 * kSecond);
  EXPECT_GE(board.pump().log().newest() - cleared, 2U);
}

TEST(Temperature, IsReadAgainAfterTheConverterWasSilentForAWhile) {
  FakeBoard board;
  begin(board, program_at(500'000));
  board.run_for(5 * kHour - kMinute);
  board.adc_silent = true;
  board.run_for(kHour);  // the cell's reading falls due and is not answered
  board.adc_silent = false;
  board.temperature_counts = 960;
  board.battery_mv = 2711;
  board.run_for(21 * kMinute);
  EXPECT_EQ(board.pump().temperature_decic(), 460);
  EXPECT_EQ(board.pump().loaded_mv(), 2711);
}

TEST(Temperature, OutsideThirtyToFortyFiveDegreesIsANoticeThatEndsByItself) {
  FakeBoard board;
  begin(board, program_at(500'000));
  for (const int celsius : {46, 29}) {
    board.temperature_counts = static_cast<std::uint16_t>(500 + celsius * 10);
    board.run_for(11 * kMinute);
    EXPECT_TRUE(board.pump().alarms().active(AlarmId::kTemperature)) << celsius;
    EXPECT_FALSE(board.pump().alarms().any_critical());
    EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
    board.temperature_counts = 870;
    board.run_for(11 * kMinute);
    EXPECT_FALSE(board.pump().alarms().any());
  }
  for (const int celsius : {30, 45}) {
    board.temperature_counts = static_cast<std::uint16_t>(500 + celsius * 10);
    board.run_for(11 * kMinute);
    EXPECT_FALSE(board.pump().alarms().any()) << celsius;
  }
}

}  // namespace
}  // namespace pumpfw
