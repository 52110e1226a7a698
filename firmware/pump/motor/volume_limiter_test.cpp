// The volume limiter in the whole pump: what it stops, what it lets pass, and the guard of the copy of the program that it goes by.
#include <gtest/gtest.h>

#include <random>

#include "firmware/pump/testing/therapies.h"

namespace pumpfw {
namespace {

using testing::begin;
using testing::FakeBoard;
using testing::give;
using testing::kMonday;
using testing::on_path;
using testing::periodic;
using testing::set_clock;
using testing::start_at;
using testing::week;

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

// What has been too much is known to the clinician who clears the alarm: from then on the prescription is given, without a reset.
TEST(VolumeLimiterOfTheWholePump, IsSettledWhenAClinicianClearsTheAlarm) {
  Pump::Config config;
  config.mutant = Mutant::kRateWrong;
  FakeBoard board(config);
  begin(board, testing::program_at(5'000'000));
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t before = board.step_count;
    board.run_for(kHour);
    ASSERT_TRUE(board.pump().alarms().active(AlarmId::kOverVolume));
    EXPECT_EQ(testing::start(board), StatusCode::kCriticalAlarm);
    EXPECT_NEAR(static_cast<double>(board.step_count - before), 2 * 800, 10) << "10 uL beside 10 uL";
    EXPECT_EQ(testing::clear(board, AlarmId::kOverVolume), StatusCode::kOk);
    EXPECT_EQ(testing::start(board), StatusCode::kOk);
  }
}

Pump::Config with_mistake(Mutant mutant) {
  Pump::Config config;
  config.mutant = mutant;
  return config;
}

// 200 µL in an hour beside the slowest base: 15 % of it are 30 µL.
Program large_bolus() {
  Program program = testing::on_path(48'000, 10);
  program.bolus_dose_nl = 200'000;
  program.bolus_duration_s = 3'600;
  program.bolus_lockout_s = 4 * 3'600;
  program.bolus_max_per_24h = 2;
  return program;
}

// µL that went out in `span` above the base and `asked_ul`.
double excess_ul(FakeBoard& board, Tick span, double asked_ul) {
  const std::uint64_t before = board.step_count;
  const double base_ul = board.pump().program().basal_rate_nl_per_day / 1000.0 * static_cast<double>(span) / kDay;
  board.run_for(span);
  return static_cast<double>(board.step_count - before) * 0.0125 - base_ul - asked_ul;
}

TEST(VolumeLimiterOfTheWholePump, ABolusOfAWrongDoseGoesNoFurtherThanTenMicrolitres) {
  for (const Mutant mutant : {Mutant::kNone, Mutant::kBolusDoseHigh, Mutant::kSingleBolusHigh}) {
    for (const bool patient : {true, false}) {
      FakeBoard board(with_mistake(mutant));
      begin(board, large_bolus());
      ASSERT_EQ(patient ? testing::bolus(board, 1) : give(board, 1, 300'000, 3'600), StatusCode::kOk);
      const double excess = excess_ul(board, 90 * kMinute, patient ? 200 : 300);
      const bool wrong = mutant == (patient ? Mutant::kBolusDoseHigh : Mutant::kSingleBolusHigh);
      EXPECT_LE(excess, 10.03);
      EXPECT_GE(excess, wrong ? 8.5 : -3.1);  // a halted base lacks what it would have given since
      EXPECT_EQ(board.pump().alarms().active(AlarmId::kOverVolume), wrong) << static_cast<int>(mutant) << patient;
    }
  }
}

TEST(VolumeLimiterOfTheWholePump, APrimingOfAWrongVolumeGoesNoFurtherThanTenMicrolitres) {
  for (const Mutant mutant : {Mutant::kNone, Mutant::kPrimeLong}) {
    FakeBoard board(with_mistake(mutant));
    begin(board, large_bolus());
    ASSERT_EQ(testing::prime(board, 300'000), StatusCode::kOk);
    EXPECT_LE(excess_ul(board, kHour, 300), 10.03);
    EXPECT_EQ(board.pump().alarms().active(AlarmId::kOverVolume), mutant == Mutant::kPrimeLong);
  }
}

// By the limiter's own memory of what was given, also over a reset: a gate that forgets is held to the lockout and the count of the copy.
TEST(VolumeLimiter, PaysForNoBolusThatComesBeforeItsLockoutOrAboveItsCount) {
  const Program program = large_bolus();
  const auto paid = [&](VolumeLimiter& limiter, Tick at) {
    std::uint64_t steps = 0;
    while (steps < 16'000 && limiter.accept(at + steps * kSecond / 10)) ++steps;
    limiter.end_bolus();
    return steps == 16'000;
  };
  for (const std::uint64_t hours : {3U, 5U}) {
    VolumeLimiter limiter{Mutation()};
    limiter.load(0, program);
    limiter.run(0, true);
    limiter.remember_bolus(-static_cast<std::int64_t>(kHour));
    limiter.grant((hours - 1) * kHour, 16'000);
    EXPECT_EQ(paid(limiter, (hours - 1) * kHour), hours == 5) << "the lockout is 4 h";
  }
  for (const std::uint64_t hours : {22U, 24U}) {
    VolumeLimiter limiter{Mutation()};
    limiter.load(0, program);
    limiter.run(0, true);
    for (const std::uint64_t begun : {0U, 10U}) {
      limiter.grant(begun * kHour, 16'000);
      EXPECT_TRUE(paid(limiter, begun * kHour));
    }
    limiter.grant(hours * kHour, 16'000);
    EXPECT_EQ(paid(limiter, hours * kHour), hours == 24) << "two in 24 h";
  }
}

// Steps beside the base that the limiter pays for in `span`, where one comes a second and therapy is stopped for a moment every so often.
std::uint32_t paid_beside_the_base(const Program& program, Tick span, Tick stop_every) {
  VolumeLimiter limiter{Mutation(Mutant::kNone)};
  limiter.load(0, program);
  limiter.run(0, true);
  limiter.set_excess(2);  // whatever comes now is beside the base
  std::uint32_t steps = 0;
  Tick stopped = 0;
  for (Tick at = kSecond; at <= span; at += kSecond) {
    if (at - stopped >= stop_every) {
      limiter.run(at, false);
      limiter.run(at, true);
      stopped = at;
    }
    if (!limiter.accept(at)) break;
    ++steps;
  }
  return steps;
}

// A stop gives back what was left of a periodic bolus, and no more: however often therapy stops, it is one of them in an interval.
TEST(VolumeLimiter, PaysNoMoreForPeriodicBolusesHoweverOftenTherapyStops) {
  const Program program = periodic();
  const Tick interval = program.periodic_interval_s * kSecond;
  const std::uint32_t dose = steps_from_nl(program.periodic_dose_nl);
  const std::uint32_t base = steps_from_nl(program.basal_rate_nl_per_day / (86'400 / program.periodic_interval_s));
  for (const Tick stop_every : {interval, 7 * kSecond, 100 * kSecond, 1000 * kSecond}) {
    const std::uint32_t steps = paid_beside_the_base(program, interval, stop_every);
    EXPECT_LE(steps, dose + VolumeLimiter::kExcessSteps + base + 2) << stop_every;
    EXPECT_GE(steps, dose) << stop_every;
  }
}

TEST(VolumeLimiter, PaysAPatientNothingThatTheCopyDoesNotAllow) {
  VolumeLimiter limiter{Mutation()};
  limiter.load(0, testing::program_at(48'000));
  limiter.run(0, true);
  limiter.grant(0, 16'000);
  std::uint64_t steps = 0;
  while (limiter.accept(++steps * kSecond / 10)) {
  }
  EXPECT_NEAR(static_cast<double>(steps), 800, 10);
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

Tick reset_every(FakeBoard& board, Tick period, int times, hal::ResetCause cause) {
  Tick passed = 0;
  for (int i = 0; i < times; ++i) {
    board.run_for(period);
    passed += period + 100;
    board.reboot(cause);
  }
  return passed;
}

TEST(VolumeLimiter, KeepsItsTenMicrolitresOverAnyNumberOfResets) {
  for (const Tick period : {3 * kMinute, 20 * kSecond, kSecond + kSecond / 3}) {
    for (const std::uint32_t rate : {4'000'000U, 24'000'000U}) {
      Pump::Config config;
      config.mutant = Mutant::kRateWrong;
      FakeBoard board(config);
      board.record_steps = false;
      testing::begin(board, testing::program_at(rate));
      const Tick passed = reset_every(board, period, 400, hal::ResetCause::kWatchdog);
      const double prescribed = static_cast<double>(passed) / kDay * rate / 12.5;
      board.run_for(kSecond);
      EXPECT_LE(static_cast<double>(board.step_count), prescribed + VolumeLimiter::kExcessSteps + 2) << period << ' ' << rate;
      EXPECT_TRUE(period < kMinute || board.pump().alarms().active(AlarmId::kOverVolume));
    }
  }
}

TEST(VolumeLimiter, AMutantThatForgetsItsAccountAtAResetGivesFarMore) {
  Pump::Config config;
  config.mutant = Mutant::kExcessForgotten;
  FakeBoard board(config);
  board.record_steps = false;
  testing::begin(board, testing::program_at(4'000'000));
  const Tick passed = reset_every(board, 3 * kMinute, 20, hal::ResetCause::kWatchdog);
  const double prescribed = static_cast<double>(passed) / kDay * 4e6 / 12.5;
  EXPECT_GT(static_cast<double>(board.step_count), prescribed + 10 * VolumeLimiter::kExcessSteps);
}

// Nor does a sound pump come near it, however often and whenever it is reset.
TEST(VolumeLimiter, DoesNotTripForResetsAlone) {
  for (const std::uint32_t rate : {48'000U, 500'000U, 24'000'000U}) {
    FakeBoard board;
    board.record_steps = false;
    testing::begin(board, rate == 24'000'000 ? testing::program_at(rate) : testing::bolus_program(rate));
    for (std::uint32_t i = 0; i < 1500; ++i) {
      if (i % 50 == 0) testing::enter(board, 20'000'000);
      if (i % 10 == 0) testing::bolus(board, i + 1);
      board.run_for(kSecond + i * 7919 % (20 * kSecond));
      board.reboot(hal::ResetCause::kPin, 1 + i % 1000);
    }
    board.run_for(kMinute);
    EXPECT_FALSE(board.pump().alarms().active(AlarmId::kOverVolume)) << rate;
    EXPECT_LE(board.pump().limiter().excess_steps(), 20U) << rate;
  }
}

TEST(VolumeLimiter, AClinicianWhoClearsItsAlarmBeginsItsAccountAnew) {
  Pump::Config config;
  config.mutant = Mutant::kRateWrong;
  FakeBoard board(config);
  board.record_steps = false;
  testing::begin(board, testing::program_at(4'000'000));
  board.run_for(kHour);
  ASSERT_TRUE(board.pump().alarms().active(AlarmId::kOverVolume));
  board.reboot();
  board.run_for(kMinute);
  ASSERT_TRUE(board.pump().alarms().active(AlarmId::kOverVolume));
  ASSERT_EQ(testing::clear(board, AlarmId::kOverVolume), StatusCode::kOk);
  ASSERT_EQ(testing::start(board), StatusCode::kOk);
  board.run_for(kMinute);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  board.run_for(kHour);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kOverVolume));
}

}  // namespace
}  // namespace pumpfw
