// What the reservoir's sensor says against the steps, the residual of a refill, and the dates of low and empty.
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <random>

#include "firmware/pump/testing/programs.h"

namespace pumpfw {
namespace {

using testing::begin;
using testing::bolus_program;
using testing::FakeBoard;
using testing::program_at;

// A pump with the sensor, whose head moves `gain` of what a step should, and a hole that lets a constant flow out besides.
struct Sensed {
  FakeBoard board;
  double gain = 1;
  double hole_nl_per_hour = 0;
  double gone_nl = 0;

  explicit Sensed(std::uint32_t rate_nl_per_day) {
    board.record_steps = false;
    board.reservoir_counts = 20'000;
    begin(board, program_at(rate_nl_per_day));
  }
  void run(Tick span) {
    for (Tick done = 0; done < span; done += kMinute) {
      const std::uint64_t before = board.step_count;
      board.run_for(kMinute);
      gone_nl += static_cast<double>(board.step_count - before) * 12.5 * gain + hole_nl_per_hour / 60;
      board.reservoir_counts = static_cast<std::uint16_t>(std::lround(20'000 - gone_nl / 1000));
    }
  }
  bool alarm(AlarmId id) { return board.pump().alarms().active(id); }
};

TEST(VolumeWindow, HoldsTheLastReadingsAlsoAfterItBeganAnew) {
  std::mt19937 random(2);
  VolumeWindow<7> window;
  std::deque<std::uint32_t> kept;
  for (std::uint32_t i = 1; i < 5'000; ++i) {
    if (random() % 20 == 0) {
      window.clear();
      kept.clear();
    }
    window.add({i, 0});
    kept.push_back(i);
    if (kept.size() > 7) kept.pop_front();
    ASSERT_EQ(window.oldest().measured_nl, kept.front()) << i;
    ASSERT_EQ(window.newest().measured_nl, kept.back()) << i;
    ASSERT_EQ(window.full(), kept.size() == 7);
  }
}

TEST(Evidence, ThatAgreesWithinTheAccuracyOfThePumpSaysNothing) {
  for (const std::uint32_t rate : {48'000U, 500'000U, 5'000'000U}) {
    for (const double gain : {0.87, 1.0, 1.13}) {
      if (rate > 1'000'000 && gain > 1.05) continue;  // of an hour at such a rate 13 % are more than 10 uL
      Sensed pump(rate);
      pump.gain = gain;
      pump.run(50 * kHour);
      if (rate < 1'000'000) {
        EXPECT_FALSE(pump.board.pump().alarms().any()) << rate << "x" << gain;
      }
      EXPECT_FALSE(pump.alarm(AlarmId::kOverInfusion) || pump.alarm(AlarmId::kUnderInfusion)) << rate << ' ' << gain;
    }
  }
}

TEST(Evidence, AThirdTooMuchOverADayStopsThePump) {
  Sensed pump(500'000);
  pump.gain = 1.3;
  pump.run(25 * kHour);
  EXPECT_TRUE(pump.alarm(AlarmId::kOverInfusion));
  EXPECT_EQ(pump.board.pump().therapy_state(), TherapyState::kHalted);
}

TEST(Evidence, TenMicrolitresTooMuchInAnHourStopThePump) {
  Sensed pump(500'000);
  pump.run(3 * kHour);
  pump.hole_nl_per_hour = 20'000;
  pump.run(80 * kMinute);
  EXPECT_TRUE(pump.alarm(AlarmId::kOverInfusion));
  EXPECT_EQ(pump.board.pump().therapy_state(), TherapyState::kHalted);
  EXPECT_EQ(testing::clear(pump.board, AlarmId::kOverInfusion), StatusCode::kOk);
}

// REQ-408: > 10 µL unexpected in 1 h, and a pump's own 5 % are all that is expected beside the steps.
TEST(Evidence, AHoleOfMoreThanTenMicrolitresAnHourIsFoundBesideAnyRate) {
  struct Case {
    std::uint32_t rate;
    double hole_ul_per_hour;
    bool stops;
  };
  for (const Case& c : {Case{48'000, 8, false},
                        {500'000, 10, false},
                        {48'000, 14, true},
                        {500'000, 14, true},
                        {5'000'000, 30, true},
                        {24'000'000, 120, true}}) {
    Sensed pump(c.rate);
    pump.run(90 * kMinute);
    pump.hole_nl_per_hour = c.hole_ul_per_hour * 1000;
    pump.run(c.stops ? 80 * kMinute : 5 * kHour);
    EXPECT_EQ(pump.alarm(AlarmId::kOverInfusion), c.stops) << c.rate << ' ' << c.hole_ul_per_hour;
  }
}

// And > 14.5 % over 24 h: at the slowest rate 7 µL of 48, which a sensor of 1 µL can just tell.
TEST(Evidence, AFifthTooMuchOverADayIsFoundAtTheSlowestRate) {
  Sensed pump(48'000);
  pump.gain = 1.2;
  pump.run(27 * kHour);
  EXPECT_TRUE(pump.alarm(AlarmId::kOverInfusion));
  EXPECT_EQ(pump.board.pump().therapy_state(), TherapyState::kHalted);
}

TEST(Evidence, TooLittleIsANoticeAndAfterTwoDaysCritical) {
  Sensed pump(500'000);
  pump.gain = 0.6;
  pump.run(25 * kHour);
  EXPECT_TRUE(pump.alarm(AlarmId::kUnderInfusion));
  EXPECT_FALSE(pump.board.pump().alarms().any_critical());
  pump.run(46 * kHour);
  EXPECT_FALSE(pump.board.pump().alarms().any_critical());
  pump.run(3 * kHour);
  EXPECT_TRUE(pump.alarm(AlarmId::kUnderInfusionLong));
  EXPECT_EQ(pump.board.pump().therapy_state(), TherapyState::kRunning) << "less is better than none";
}

TEST(Evidence, TooLittleFor48HoursIsCriticalHoweverOftenThePumpIsReset) {
  Sensed pump(500'000);
  pump.run(3 * kHour);
  pump.gain = 0;
  pump.run(kHour);
  ASSERT_TRUE(pump.alarm(AlarmId::kUnderInfusion));
  for (int halves = 0; halves < 4; ++halves) {
    EXPECT_FALSE(pump.alarm(AlarmId::kUnderInfusionLong)) << halves;
    pump.run(12 * kHour);
    pump.board.reboot();
    pump.board.run_for(kMinute);
    EXPECT_TRUE(pump.alarm(AlarmId::kUnderInfusion)) << halves;
  }
  pump.run(kHour);
  EXPECT_TRUE(pump.alarm(AlarmId::kUnderInfusionLong));
  pump.gain = 1;
  pump.run(25 * kHour);
  EXPECT_FALSE(pump.alarm(AlarmId::kUnderInfusion) || pump.alarm(AlarmId::kUnderInfusionLong)) << "it flows again";
}

TEST(Evidence, NothingAtAllForTheTimeOfTenMicrolitresIsANotice) {
  Sensed pump(500'000);
  pump.run(3 * kHour);
  pump.gain = 0;
  pump.run(50 * kMinute);  // 17 uL
  EXPECT_TRUE(pump.alarm(AlarmId::kUnderInfusion));
  pump.gain = 1;
  pump.run(50 * kMinute);
  EXPECT_FALSE(pump.alarm(AlarmId::kUnderInfusion)) << "it flows again";
}

TEST(Evidence, ALedgerTwoMillilitresOffIsListedUntilARefillSetsItRight) {
  Sensed pump(500'000);
  pump.board.reservoir_counts = 17'900;
  pump.board.run_for(11 * kMinute);
  EXPECT_TRUE(pump.alarm(AlarmId::kReservoirDisagrees));
  EXPECT_FALSE(pump.board.pump().alarms().any_critical());
  EXPECT_EQ(testing::clear(pump.board, AlarmId::kReservoirDisagrees), StatusCode::kAlarmCauseStands);
  testing::enter(pump.board, 17'900'000);
  pump.board.run_for(kSecond);
  EXPECT_FALSE(pump.board.pump().alarms().any());
}

TEST(Evidence, AReservoirThatASyringeEmptiesIsGivenHalfAnHourToBeRefilled) {
  Sensed pump(500'000);
  pump.run(3 * kHour);
  pump.gone_nl += 15'000'000;
  pump.run(25 * kMinute);
  EXPECT_FALSE(pump.board.pump().alarms().any_critical());
  testing::enter(pump.board, 20'000'000);
  pump.gone_nl = 0;
  pump.run(3 * kHour);
  EXPECT_FALSE(pump.board.pump().alarms().any());
  pump.gone_nl += 15'000'000;
  pump.run(45 * kMinute);
  EXPECT_TRUE(pump.alarm(AlarmId::kOverInfusion)) << "nobody filled it again";
}

TEST(Evidence, OfAPumpThatNobodyHasFilledYetIsNotJudged) {
  FakeBoard board;
  board.reservoir_counts = 20'000;
  board.run_for(kHour);
  EXPECT_FALSE(board.pump().alarms().any());
}

TEST(Evidence, AModelWithoutTheSensorSaysNothing) {
  FakeBoard board;
  begin(board, program_at(500'000));
  board.run_for(30 * kHour);
  EXPECT_FALSE(board.pump().alarms().any());
  EXPECT_EQ(board.pump().reservoir_counts(), hal::kNoReservoirSensor);
}

TEST(Residual, IsFlaggedOnlyBeyondBothBounds) {
  FakeBoard board;
  board.record_steps = false;
  begin(board, program_at(5'000'000), 10'000'000);
  board.run_for(36 * kHour);  // 7.5 mL: 14.5 % are 1.0875 mL
  const std::uint32_t left = board.pump().ledger().left_nl();
  const auto judged = [&](std::int64_t off) { return board.pump().judge_residual(static_cast<std::uint32_t>(left + off)); };
  EXPECT_EQ(judged(0), protocol::Residual::kFits);
  EXPECT_EQ(judged(1'080'000), protocol::Residual::kFits);
  EXPECT_EQ(judged(-1'080'000), protocol::Residual::kFits);
  EXPECT_EQ(judged(1'100'000), protocol::Residual::kTooMuchLeft);
  EXPECT_EQ(judged(-1'100'000), protocol::Residual::kTooLittleLeft);
  EXPECT_EQ(board.pump().judge_residual(Pump::kNotMeasured), protocol::Residual::kNotMeasured);
}

TEST(Residual, OfLessThanAMillilitreDecidesNothing) {
  FakeBoard board;
  begin(board, program_at(500'000));
  board.run_for(kDay);
  EXPECT_EQ(board.pump().judge_residual(board.pump().ledger().left_nl() - 990'000), protocol::Residual::kFits);
}

// A worked example: 18 mL above the low alarm at 0.9 mL/day and four boluses of 25 uL a day.
TEST(Forecast, CountsEveryBolusThatIsAllowed) {
  FakeBoard board;
  Program program = bolus_program(900'000);
  program.bolus_dose_nl = 25'000;
  program.bolus_max_per_24h = 4;
  begin(board, program);
  const auto days = [&](std::int64_t at_s) { return static_cast<double>(at_s - board.pump().local_time_s(board.now())) / 86'400; };
  EXPECT_NEAR(days(board.pump().reservoir_forecast(board.now()).low_at_s), 18.0, 0.01);
  EXPECT_NEAR(days(board.pump().reservoir_forecast(board.now()).empty_at_s), 20.0, 0.01);
  program.patient_bolus_enabled = false;
  program.bolus_dose_nl = program.bolus_duration_s = program.bolus_lockout_s = program.bolus_max_per_24h = 0;
  program.ceiling_1h_nl = program.ceiling_24h_nl = 0;
  ASSERT_EQ(testing::set_program(board, program), StatusCode::kOk);
  EXPECT_NEAR(days(board.pump().reservoir_forecast(board.now()).empty_at_s), 22.2, 0.05);
}

// REQ-306: 0.5 mL of the old concentration at four times the new rate come first. Lived through to the alarm.
TEST(Forecast, KnowsOfABridgeAndOfPriming) {
  FakeBoard board;
  board.record_steps = false;
  Program program = program_at(200'000);
  program.drug = 1;
  program.concentration_ng_per_ml = 10'000'000;
  program.pump_tube_nl = 200'000;
  program.catheter_nl = 300'000;
  begin(board, program, 3'500'000);
  program.basal_rate_nl_per_day = 50'000;
  program.concentration_ng_per_ml = 40'000'000;
  program.bridge_volume_nl = 500'000;
  program.bridge_rate_nl_per_day = 200'000;
  ASSERT_EQ(testing::set_program(board, program), StatusCode::kOk);
  const auto days = [&](std::int64_t at_s) { return static_cast<double>(at_s - board.pump().local_time_s(board.now())) / 86'400; };
  EXPECT_NEAR(days(board.pump().reservoir_forecast(board.now()).low_at_s), 0.5 / 0.2 + 1.0 / 0.05, 0.05);
  board.run_for(kDay);
  EXPECT_NEAR(days(board.pump().reservoir_forecast(board.now()).low_at_s), 0.5 / 0.2 + 1.0 / 0.05 - 1, 0.05);
  const double said = days(board.pump().reservoir_forecast(board.now()).low_at_s);
  const Tick from = board.now();
  while (!board.pump().alarms().active(AlarmId::kReservoirLow)) {
    ASSERT_LT(board.now() - from, 40 * kDay);
    board.run_for(kHour);
  }
  EXPECT_NEAR(static_cast<double>(board.now() - from) / kDay, said, 0.1);
}

}  // namespace
}  // namespace pumpfw
