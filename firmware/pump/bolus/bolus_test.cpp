// Random histories of a patient, a clinician and resets against an oracle that is written from the requirements alone: it looks only at
// what was granted and when, and at the steps that went out.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "firmware/pump/testing/programs.h"

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

// What was granted, as a patient would note it down.
struct Grant {
  Tick at;
  Tick end;
  std::uint64_t half_nl;
};

struct Oracle {
  std::vector<Grant> grants;

  bool may(Tick now, const Program& p) const {
    const std::uint64_t dose = 25 * ((2ULL * p.bolus_dose_nl + 12) / 25);
    std::uint64_t hour = dose, day = dose, count = 0;
    for (const Grant& g : grants) {
      if (now - g.at < static_cast<Tick>(p.bolus_lockout_s) * 32768) return false;
      if (now < g.end) return false;  // still running
      if (now - g.at < 24 * 3600 * 32768ULL) ++count;
      if (now - g.end < 3600 * 32768ULL) hour += g.half_nl;
      if (now - g.end < 24 * 3600 * 32768ULL) day += g.half_nl;
    }
    const double basal_day = 2.0 * p.basal_rate_nl_per_day;
    return count < p.bolus_max_per_24h && static_cast<double>(hour) + basal_day / 24 <= 2.0 * p.ceiling_1h_nl &&
           static_cast<double>(day) + basal_day <= 2.0 * p.ceiling_24h_nl;
  }
};

Program random_program(std::mt19937_64& random) {
  Program p = bolus_program(static_cast<std::uint32_t>(48'000 + random() % 300'000));
  p.bolus_dose_nl = static_cast<std::uint32_t>(250 + random() % 40'000);
  p.bolus_duration_s = static_cast<std::uint32_t>(std::max<std::uint64_t>(p.bolus_dose_nl / 20, 30) + random() % 3000);
  p.bolus_lockout_s = static_cast<std::uint32_t>(p.bolus_duration_s + 60 + random() % 14'000);
  p.bolus_max_per_24h = static_cast<std::uint8_t>(1 + random() % 8);
  p.ceiling_1h_nl = static_cast<std::uint32_t>(p.basal_rate_nl_per_day / 24 + p.bolus_dose_nl * (1 + random() % 2) + random() % 5000);
  p.ceiling_24h_nl = static_cast<std::uint32_t>(p.basal_rate_nl_per_day + p.bolus_dose_nl * (1 + random() % 8) + random() % 5000);
  return p;
}

// One patient's history of two days. Returns the number of requests.
std::uint64_t live_two_days(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  FakeBoard board;
  board.record_steps = false;
  const Program program = random_program(random);
  begin(board, program);
  Oracle oracle;
  std::uint64_t requests = 0;
  std::uint32_t nonce = 1;
  const Tick end = board.rtc_now() + 2 * kDay;
  while (board.rtc_now() < end) {
    // Mostly around the instants that decide; sometimes anywhere.
    Tick wait = random() % (2 * kHour);
    if (!oracle.grants.empty() && random() % 3 == 0) {
      const Tick lockout_end = oracle.grants.back().at + program.bolus_lockout_s * kSecond;
      if (lockout_end > board.rtc_now()) wait = lockout_end - board.rtc_now() - random() % 2;
    }
    board.run_for(wait);
    if (random() % 8 == 0) {
      board.reboot(static_cast<hal::ResetCause>(random() % 5), random() % kMinute);
      if (!oracle.grants.empty() && board.rtc_now() < oracle.grants.back().end) {
        oracle.grants.back().end = board.rtc_now();  // cut; counts in full
      }
      board.run_for(3 * kSecond);
      testing::clear(board, AlarmId::kResets);  // REQ-505: three in a day are critical
    }
    const Tick now = board.rtc_now();
    const bool expected = oracle.may(now, program);
    const StatusCode answer = bolus(board, nonce++);
    ++requests;
    if (answer == StatusCode::kOk) {
      EXPECT_TRUE(expected) << "seed " << seed << " granted at " << now;
      const std::uint64_t half_nl = 25 * ((2ULL * program.bolus_dose_nl + 12) / 25);
      oracle.grants.push_back({now, now + program.bolus_duration_s * kSecond + 200, half_nl});
      if (random() % 2 == 0) {
        board.run_for(random() % (4 * kSecond));
        EXPECT_NE(bolus(board, nonce++), StatusCode::kOk) << "seed " << seed;
      }
    } else if (expected) {
      // Within a second of an edge the memory's whole seconds may make the pump the more careful one after a reset.
      Oracle later = oracle;
      for (Grant& g : later.grants) g.end += 2 * kSecond;
      EXPECT_FALSE(later.may(now, program)) << "seed " << seed << " refused " << static_cast<int>(answer) << " at " << now;
    }
    if (::testing::Test::HasFailure()) break;
  }
  return requests;
}

// How many histories: PUMPFW_HISTORIES, 100 unless told. The optimised build of the test run asks for thousands.
std::uint64_t histories() {
  const char* asked = std::getenv("PUMPFW_HISTORIES");
  return asked == nullptr ? 100 : std::strtoull(asked, nullptr, 10);
}

TEST(Bolus, RandomHistoriesWithResetsAgreeWithAnIndependentOracle) {
  ASSERT_GT(histories(), 0U) << "PUMPFW_HISTORIES is no number";
  std::uint64_t requests = 0;
  for (std::uint64_t seed = 1; seed <= histories() && !HasFailure(); ++seed) requests += live_two_days(seed);
  EXPECT_GT(requests, 15 * histories());  // the histories are about something
}

}  // namespace
}  // namespace pumpfw
