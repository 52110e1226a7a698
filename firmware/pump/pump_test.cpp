// The whole logic on the fake board: stop, alarms, stall, occlusion, reservoir, sounds.
#include <gtest/gtest.h>

#include "firmware/pump/testing/programs.h"

namespace pumpfw {
namespace {

using testing::begin;
using testing::FakeBoard;

constexpr std::uint16_t kCountsAt69kPa = 1625;
constexpr std::uint16_t kCountsAt71kPa = 1652;

constexpr std::uint64_t kLooks = 3 * 144 + 10 * 6;  // a day's wakes for the slow readings
constexpr std::uint64_t kTimes = 86'400 / 70;       // and for the time in the memory

TEST(Pump, MakesNoStepBeforeItIsProgrammedAndStarted) {
  FakeBoard board;
  board.run_for(kHour);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kNotProgrammed);
  EXPECT_EQ(testing::start(board), StatusCode::kNoProgram);
  EXPECT_EQ(testing::set_program(board, testing::program_at(47'999)), StatusCode::kRateOutOfRange);
  EXPECT_EQ(testing::set_program(board, testing::program_at(24'000'001)), StatusCode::kRateOutOfRange);
  EXPECT_EQ(testing::set_program(board, testing::program_at(48'000)), StatusCode::kOk);
  EXPECT_EQ(testing::start(board), StatusCode::kReservoirEmpty);
  board.run_for(kHour);
  EXPECT_EQ(board.step_count, 0U);
}

TEST(Pump, RefusesToStartUntilItsSelfTestIsOver) {
  FakeBoard board;
  board.nvm_time = 3;
  board.driver.corrupt_replies = 1;  // tried again after 50 ms
  while (testing::set_program(board, testing::program_at(500'000)) == StatusCode::kSelfTest) board.run_for(1);
  ASSERT_EQ(testing::enter(board, 20'000'000), StatusCode::kOk);
  ASSERT_EQ(board.pump().therapy_state(), TherapyState::kSelfTest);  // the memory is there, the driver not yet
  EXPECT_EQ(testing::start(board), StatusCode::kSelfTest);
  board.run_for(kSecond);
  EXPECT_EQ(board.step_count, 0U);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kStopped);
  EXPECT_EQ(testing::start(board), StatusCode::kOk);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
}

TEST(Pump, StopMeansNoFurtherStep) {
  FakeBoard board;
  begin(board, testing::program_at(24'000'000));
  board.run_for(kMinute);
  EXPECT_EQ(testing::stop(board), StatusCode::kOk);
  const std::uint64_t steps = board.step_count;
  board.run_for(kHour);
  EXPECT_EQ(board.step_count, steps);
  EXPECT_FALSE(board.enabled);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kStopped);
  EXPECT_EQ(testing::start(board), StatusCode::kOk);
  board.run_for(kMinute);
  EXPECT_NEAR(static_cast<double>(board.step_count - steps), 60 / 0.045, 1.0);
}

TEST(Pump, SleepsWhenIdle) {
  FakeBoard board;
  board.run_for(kMinute);
  const std::uint64_t before = board.wakes;
  board.run_for(kDay);
  // One wake each 10 s, the driver's health once a minute: two reads; temperature and reservoir every ten minutes, and the cell; the time.
  EXPECT_LE(board.wakes - before, 8640U + 2 * 1440U + kLooks + kTimes + 10U);
}

TEST(Pump, ADayAtHalfAMillilitreIsFortyThousandSteps) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.run_for(kDay);
  EXPECT_EQ(board.step_count, 40'000U);
  constexpr std::uint64_t kOutlet = 2 * 40'000;  // between two steps the outlet is read once: a timer and an answer
  EXPECT_LE(board.wakes, 40'000U + kOutlet + 2'900U + 1'300U + kLooks + 200U);
  EXPECT_EQ(board.pump().ledger().left_nl(), 19'500'000U);
}

TEST(Pump, AStallIsFoundAtTheThirdMissingCountAndRecoversByItself) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.run_for(kHour);
  const std::uint64_t before = board.step_count;
  board.rotor_blocked = true;
  board.run_for(7 * kSecond);
  EXPECT_EQ(board.step_count, before + 3);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kMotorStall));
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kStallPause);
  board.run_for(40 * kMinute);
  EXPECT_LE(board.step_count - before, 3U + 8U * 4U);
  board.rotor_blocked = false;
  const Tick free = board.now();
  while (board.pump().therapy_state() != TherapyState::kRunning) board.run_for(kSecond);
  EXPECT_LE(board.now() - free, 5 * kMinute + kSecond);
  EXPECT_FALSE(board.pump().alarms().any());
  const std::uint64_t back = board.step_count;
  board.run_for(kHour);
  EXPECT_NEAR(static_cast<double>(board.step_count - back), 1666.7, 1.0);
}

TEST(Pump, TheLedgerCountsOnlyStepsThatTurnedTheRotor) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.run_for(kHour);
  const std::uint64_t moved = board.step_count;
  board.rotor_blocked = true;
  board.run_for(kHour);
  EXPECT_EQ(board.pump().ledger().steps_in_life(), moved);
}

// REQ-301, 404: no three steps in a row are missing, and yet the rotor does not follow.
TEST(Pump, StepsThatTheRotorMissesNowAndThenAreNotCountedAndWhenManyAreAStall) {
  for (const auto& [missing, of] : {std::pair{2, 3}, {1, 3}, {1, 20}}) {
    FakeBoard board;
    board.record_steps = false;
    begin(board, testing::program_at(500'000));
    std::uint64_t moved = board.step_count;
    board.rotor_turns = [&, missing = missing, of = of](std::uint64_t n) {
      const bool turns = n % static_cast<std::uint64_t>(of) >= static_cast<std::uint64_t>(missing);
      moved += turns ? 1 : 0;
      return turns ? 1 : 0;
    };
    bool stalled = false;
    for (int i = 0; i < 24 * 60; ++i) {
      board.run_for(kMinute);
      stalled = stalled || board.pump().alarms().active(AlarmId::kMotorStall);
      if (i == 5 && of == 3) {
        EXPECT_TRUE(stalled) << missing;
      }
    }
    EXPECT_EQ(stalled, of == 3) << missing << " of " << of;
    const double delivered_ul = static_cast<double>(moved) * 0.0125;
    const double counted_ul = 20'000 - board.pump().ledger().left_nl() / 1000.0;
    EXPECT_NEAR(counted_ul, delivered_ul, delivered_ul / 100 + 50) << missing << " of " << of;
    EXPECT_NEAR(counted_ul, delivered_ul, 6) << "and closer: a step at each recovery";
  }
}

TEST(Pump, ARotorThatTurnsFurtherThanItsStepsStopsThePumpUntilAClinicianClearsIt) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.run_for(kHour);
  board.rotor_turns = [](std::uint64_t) { return 4; };
  const std::uint64_t before = board.step_count;
  board.run_for(kHour);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kOverInfusion));
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
  EXPECT_LE(4 * (board.step_count - before), 120U);
  board.rotor_turns = nullptr;
  EXPECT_EQ(testing::clear(board, AlarmId::kOverInfusion), StatusCode::kOk);
  EXPECT_EQ(testing::start(board), StatusCode::kOk);
  board.run_for(kDay);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
}

TEST(Pump, ALateRotorCountIsNoStall) {
  FakeBoard board;
  board.rotor_late = true;
  begin(board, testing::program_at(500'000));
  board.run_for(kDay);
  EXPECT_FALSE(board.pump().alarms().any());
  board.rotor_blocked = true;
  board.run_for(kMinute);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kMotorStall));
  board.rotor_blocked = false;
  board.run_for(6 * kMinute);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
}

TEST(Pump, AReversedRotorStopsAtTheSecondCount) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.run_for(kHour);
  const std::uint64_t before = board.step_count;
  board.rotor_reversed = true;
  board.run_for(kHour);
  EXPECT_EQ(board.step_count, before + 2);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kReverseRotation));
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
}

TEST(Pump, ARotorThatTurnsBackByItselfStopsTheDriveAtOnce) {
  FakeBoard board;
  begin(board, testing::program_at(48'000));
  board.run_for(kHour + 3 * kSecond);
  board.turn_back(1);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  board.turn_back(1);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kReverseRotation));
  EXPECT_FALSE(board.enabled);
}

TEST(Pump, APressureFromOutsideStopsThePumpWithinTwoSecondsAtEveryRate) {
  for (const std::uint32_t rate :
       {48'000U, 250'000U, 430'000U, 440'000U, 500'000U, 530'000U, 560'000U, 620'000U, 1'000'000U, 24'000'000U}) {
    for (Tick into = 0; into < 5 * kSecond / 2; into += kSecond / 10) {
      FakeBoard board;
      begin(board, testing::program_at(rate));
      board.run_for(kMinute + into);
      board.outlet_counts = kCountsAt71kPa;
      board.run_for(2 * kSecond);
      EXPECT_TRUE(board.pump().alarms().active(AlarmId::kOcclusion)) << rate << ' ' << into;
      const std::uint64_t steps = board.step_count;
      board.run_for(kMinute);
      EXPECT_EQ(board.step_count, steps) << rate << ' ' << into;
    }
  }
}

TEST(Pump, ReadsTheOutletBesideTheStepsOnlyWhereTheseAreFarApart) {
  FakeBoard board;
  begin(board, testing::program_at(48'000));
  board.run_for(kHour);
  EXPECT_NEAR(static_cast<double>(board.outlet_readings), 160 * 12, 13) << "12 between two steps, 22.5 s apart";
  std::uint64_t slow = board.outlet_readings;
  testing::set_program(board, testing::program_at(500'000));
  board.run_for(kHour);
  EXPECT_NEAR(static_cast<double>(board.outlet_readings - slow), 3600 / 2.16, 3) << "one between two steps";
  testing::set_program(board, testing::program_at(650'000));
  slow = board.outlet_readings;
  board.run_for(kHour);
  testing::stop(board);
  board.outlet_counts = kCountsAt71kPa;  // no alarm: nothing is delivered
  board.run_for(kHour);
  EXPECT_LE(board.outlet_readings - slow, 1U) << "none but the one that was due before";
  EXPECT_FALSE(board.pump().alarms().any());
}

TEST(Pump, AnOcclusionStopsAtOnceAndWaitsForTheClinician) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.run_for(kMinute);
  board.outlet_counts = kCountsAt69kPa;
  board.run_for(kMinute);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  board.outlet_counts = kCountsAt71kPa;
  board.run_for(2 * kSecond);
  const std::uint64_t before = board.step_count;
  board.run_for(kHour);
  EXPECT_EQ(board.step_count, before);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kOcclusion));
  EXPECT_EQ(testing::start(board), StatusCode::kCriticalAlarm);
  board.outlet_counts = 683;
  EXPECT_EQ(testing::clear(board, AlarmId::kOcclusion), StatusCode::kOk);
  board.run_for(kHour);
  EXPECT_EQ(board.step_count, before);
  EXPECT_EQ(testing::start(board), StatusCode::kOk);
  board.run_for(kMinute);
  EXPECT_GT(board.step_count, before + 20);
}

TEST(Pump, LowIsTwoMillilitresAndEmptyStopsWithoutAStepTooMany) {
  FakeBoard board;
  begin(board, testing::program_at(24'000'000), 2'200'000);
  // 0.2 mL at 24 mL/day: 12 min to low; 132 min to empty.
  board.run_for(12 * kMinute - kSecond);
  EXPECT_FALSE(board.pump().alarms().active(AlarmId::kReservoirLow));
  board.run_for(2 * kSecond);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kReservoirLow));
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  board.run_for(120 * kMinute);
  EXPECT_EQ(board.step_count, 176'000U);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kReservoirEmpty));
  EXPECT_EQ(testing::start(board), StatusCode::kReservoirEmpty);
  EXPECT_EQ(testing::enter(board, 20'000'000), StatusCode::kOk);
  EXPECT_FALSE(board.pump().alarms().any());
  EXPECT_EQ(testing::start(board), StatusCode::kOk);
}

TEST(Pump, ACriticalAlarmSoundsTwoTonesForThreeSecondsEveryTenMinutes) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.tones.clear();
  board.outlet_counts = kCountsAt71kPa;
  board.run_for(25 * kMinute);
  std::vector<Tick> starts;
  std::vector<Tick> ends;
  hal::Tone last = hal::Tone::kOff;
  for (const auto& [at, tone] : board.tones) {
    if (last == hal::Tone::kOff && tone != hal::Tone::kOff) starts.push_back(at);
    if (tone == hal::Tone::kOff) ends.push_back(at);
    last = tone;
  }
  ASSERT_EQ(starts.size(), 3U);
  ASSERT_EQ(ends.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(ends[i] - starts[i], 3 * kSecond);
  EXPECT_EQ(starts[1] - starts[0], 10 * kMinute);
  EXPECT_EQ(starts[2] - starts[1], 10 * kMinute);
  EXPECT_EQ(board.tones.size(), 3U * 7U);
  testing::clear(board, AlarmId::kOcclusion);
  board.tones.clear();
  board.run_for(kHour);
  EXPECT_TRUE(board.tones.empty());
}

TEST(Pump, ANonCriticalAlarmSoundsOneSecondEveryHour) {
  FakeBoard board;
  begin(board, testing::program_at(48'000), 2'000'000);
  board.tones.clear();
  board.run_for(150 * kMinute);
  ASSERT_EQ(board.tones.size(), 6U);
  EXPECT_EQ(board.tones[1].first - board.tones[0].first, kSecond);
  EXPECT_EQ(board.tones[2].first - board.tones[0].first, kHour);
}

TEST(Pump, ASilencedAlarmIsQuietUntilANewCriticalOneComes) {
  FakeBoard board;
  begin(board, testing::program_at(500'000), 2'000'000);
  board.run_for(kMinute);
  EXPECT_EQ(board.command([](Pump& p, Tick now) { return p.silence(now, 31 * 60, Role::kPatient); }), StatusCode::kSilenceTooLong);
  EXPECT_EQ(board.command([](Pump& p, Tick now) { return p.silence(now, 24 * 3600, Role::kClinician); }), StatusCode::kOk);
  board.tones.clear();
  board.run_for(5 * kHour);
  EXPECT_TRUE(board.tones.empty());
  board.outlet_counts = kCountsAt71kPa;
  board.run_for(kMinute);
  EXPECT_FALSE(board.tones.empty());
}

TEST(Pump, FortyEightHoursOfStopAreCritical) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.run_for(kHour);
  testing::stop(board);
  board.run_for(48 * kHour - kMinute);
  EXPECT_FALSE(board.pump().alarms().any());
  board.run_for(2 * kMinute);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kStoppedLong));
  EXPECT_EQ(testing::start(board), StatusCode::kOk);
  board.run_for(5 * kSecond);  // the first step
  EXPECT_FALSE(board.pump().alarms().any());
}

TEST(Pump, AStallOf48HoursIsCriticalHoweverOftenThePumpIsReset) {
  FakeBoard board;
  board.record_steps = false;
  begin(board, testing::program_at(500'000));
  board.run_for(kHour);
  board.rotor_blocked = true;
  board.run_for(kMinute);
  for (int halves = 0; halves < 4; ++halves) {
    EXPECT_FALSE(board.pump().alarms().active(AlarmId::kStoppedLong)) << halves;
    board.run_for(12 * kHour);
    board.reboot();
    board.run_for(kSecond);
  }
  board.run_for(kMinute);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kStoppedLong));
  board.rotor_blocked = false;
  board.run_for(6 * kMinute);
  EXPECT_FALSE(board.pump().alarms().any());
}

TEST(Pump, AMemoryThatDoesNotAnswerHaltsTherapyWithACriticalAlarm) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.run_for(kMinute);
  board.nvm_silent = true;
  board.run_for(5 * kMinute);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kMemory));
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
}

// REQ-705, 405. A rotor sensor that is dead, at the rate that is less than the attempts: every pulse may deliver. And when it is only held,
// therapy is back within 5 min of its release, however long that took.
TEST(Pump, AttemptsOfARotorThatSeemsToStandStillKeepWithinTheVolumeLimitAndGoOn) {
  FakeBoard board;
  Program program;
  program.mode = protocol::BasalMode::kMinimumRate;
  board.run_for(2 * kSecond);
  ASSERT_EQ(testing::set_program(board, program), StatusCode::kOk);
  ASSERT_EQ(testing::enter(board, 20'000'000), StatusCode::kOk);
  ASSERT_EQ(testing::start(board), StatusCode::kOk);
  board.rotor_blocked = true;
  board.run_for(4 * kDay);
  constexpr std::uint64_t kPrescribed = 4 * 480;
  EXPECT_LE(board.step_count, kPrescribed + VolumeLimiter::kExcessSteps);
  EXPECT_GE(board.step_count, kPrescribed / 2) << "one attempt in 5 min at the least";
  EXPECT_FALSE(board.pump().alarms().active(AlarmId::kOverVolume));
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kStallPause);
  board.rotor_blocked = false;
  board.run_for(5 * kMinute + kSecond);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kMinimumRate);
  board.run_for(2 * kDay);
  EXPECT_FALSE(board.pump().alarms().any());
}

// REQ-107: the first pulse after an attempt that turned the rotor keeps its distance from it.
TEST(Pump, TherapyThatIsBackAfterAStallStepsNoFasterThanItMay) {
  for (Tick held = 0; held < 40; ++held) {
    FakeBoard board;
    testing::begin(board, testing::bolus_program(7'000'000));
    ASSERT_EQ(testing::bolus(board, 1), StatusCode::kOk);  // so that the stall is found in the middle of an interval of the base
    board.run_for(kMinute + held * 123);
    board.rotor_blocked = true;
    board.run_for(kSecond);
    board.rotor_blocked = false;
    board.run_for(6 * kMinute);
    ASSERT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
    for (std::size_t i = 1; i < board.steps.size(); ++i) ASSERT_GE(25 * (board.steps[i] - board.steps[i - 1]), kSecond) << held;
  }
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
