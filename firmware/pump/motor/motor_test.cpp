#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "firmware/pump/motor/motor_driver.h"
#include "firmware/pump/motor/rotor_watch.h"
#include "firmware/pump/motor/speed_limiter.h"
#include "firmware/pump/motor/tmc2209.h"
#include "firmware/pump/motor/volume_limiter.h"
#include "firmware/pump/testing/programs.h"

namespace pumpfw {
namespace {

using testing::begin;
using testing::FakeBoard;

struct Datagram {
  std::string kind;
  std::uint8_t reg = 0;
  std::uint32_t value = 0;
  std::vector<std::uint8_t> bytes;
};

std::vector<Datagram> datagrams() {
  std::ifstream file(std::string(PUMPFW_SOURCE_DIR) + "/motor/tmc2209_vectors.txt");
  std::vector<Datagram> out;
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream in(line);
    Datagram d;
    std::string reg, value, byte;
    in >> d.kind >> reg >> value;
    d.reg = static_cast<std::uint8_t>(std::stoul(reg, nullptr, 16));
    d.value = static_cast<std::uint32_t>(std::stoul(value, nullptr, 16));
    while (in >> byte) d.bytes.push_back(static_cast<std::uint8_t>(std::stoul(byte, nullptr, 16)));
    out.push_back(d);
  }
  return out;
}

TEST(Tmc2209, EveryPublishedDatagramEncodesOrDecodesToItsBytes) {
  const std::vector<Datagram> all = datagrams();
  ASSERT_EQ(all.size(), 28U);
  for (const Datagram& d : all) {
    const auto reg = static_cast<tmc2209::Register>(d.reg);
    ASSERT_EQ(tmc2209::crc8(std::span(d.bytes).first(d.bytes.size() - 1)), d.bytes.back());
    if (d.kind == "write") {
      const auto made = tmc2209::encode_write(reg, d.value);
      EXPECT_EQ(std::vector(made.begin(), made.end()), d.bytes);
    } else if (d.kind == "read" && d.bytes[0] == tmc2209::kSync) {
      const auto made = tmc2209::encode_read(reg, d.bytes[1]);
      EXPECT_EQ(std::vector(made.begin(), made.end()), d.bytes);
    } else if (d.kind == "reply") {
      const tmc2209::Reply reply = tmc2209::decode_reply(d.bytes, reg);
      EXPECT_EQ(reply.status, tmc2209::ReplyStatus::kGood);
      EXPECT_EQ(reply.value, d.value);
    }
  }
}

TEST(Tmc2209, NoReplyWithAnyFlippedBitIsTaken) {
  for (const Datagram& d : datagrams()) {
    if (d.kind != "reply") continue;
    for (std::size_t bit = 0; bit < 8 * d.bytes.size(); ++bit) {
      std::vector<std::uint8_t> bytes = d.bytes;
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      EXPECT_NE(tmc2209::decode_reply(bytes, static_cast<tmc2209::Register>(d.reg)).status, tmc2209::ReplyStatus::kGood);
    }
  }
}

TEST(MotorDriver, SetsFullStepsUpBeforeTheFirstStep) {
  FakeBoard board;
  EXPECT_FALSE(board.driver.full_steps());
  begin(board, testing::program_at(24'000'000));
  EXPECT_TRUE(board.driver.full_steps());
  board.run_for(kSecond);
  EXPECT_GT(board.step_count, 20U);
}

TEST(MotorDriver, TwoSpoiltRepliesAreRepeatedAndThreeAreAFault) {
  FakeBoard board;
  board.driver.corrupt_replies = 2;
  board.run_for(kSecond);
  EXPECT_TRUE(board.pump().driver().ready());
  FakeBoard worse;
  worse.driver.corrupt_replies = 3;
  worse.run_for(kSecond);
  EXPECT_EQ(worse.pump().driver().state(), MotorDriver::State::kFailed);
  EXPECT_TRUE(worse.pump().alarms().active(AlarmId::kMotorDriver));
  worse.run_for(71 * kSecond);  // tried anew at the first wake after a minute
  EXPECT_TRUE(worse.pump().driver().ready());
  EXPECT_FALSE(worse.pump().alarms().active(AlarmId::kMotorDriver));
}

TEST(MotorDriver, ASilentBusStopsTherapyAndAlarmsAndTherapyGoesOnWithoutCatchUp) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.run_for(kHour);
  board.driver.silent = true;
  board.run_for(2 * kMinute);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kMotorDriver));
  const std::uint64_t at_fault = board.step_count;
  board.run_for(kHour);
  EXPECT_EQ(board.step_count, at_fault);
  board.driver.silent = false;
  board.run_for(2 * kMinute);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  const std::uint64_t back = board.step_count;
  board.run_for(kHour);
  EXPECT_NEAR(static_cast<double>(board.step_count - back), 1666.7, 1.0);
}

TEST(MotorDriver, ADriverThatLostItsSettingsIsSetUpAgain) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.run_for(kMinute);
  board.driver.power_dip();
  board.run_for(90 * kSecond);
  EXPECT_TRUE(board.driver.full_steps());
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  EXPECT_FALSE(board.pump().alarms().any());
}

TEST(MotorDriver, AReportedShortIsAFault) {
  FakeBoard board;
  begin(board, testing::program_at(500'000));
  board.driver.drv_status |= 1U << 2;
  board.run_for(2 * kMinute);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kMotorDriver));
  EXPECT_EQ(board.pump().driver().cause(), MotorDriver::Cause::kFault);
}

TEST(RotorWatch, ThreeMissingCountsInARowAreAStallAndTwoAreNot) {
  RotorWatch watch;
  watch.restart(10);
  EXPECT_EQ(watch.after_step(10), RotorWatch::Finding::kFine);
  EXPECT_EQ(watch.after_step(10), RotorWatch::Finding::kFine);
  EXPECT_EQ(watch.after_step(11), RotorWatch::Finding::kFine);
  EXPECT_EQ(watch.after_step(11), RotorWatch::Finding::kFine);
  EXPECT_EQ(watch.after_step(11), RotorWatch::Finding::kFine);
  EXPECT_EQ(watch.after_step(11), RotorWatch::Finding::kStall);
}

// Of every `of` steps `missing` turn nothing: never three in a row, and yet most of the dose is not given.
TEST(RotorWatch, AnEighthOfTheStepsMissingIsAStallAndLessIsNone) {
  for (const auto& [missing, of, stalls] : {std::tuple{2, 3, true}, {1, 3, true}, {1, 6, true}, {1, 10, false}, {1, 100, false}}) {
    RotorWatch watch;
    watch.restart(0);
    std::int32_t count = 0;
    std::uint32_t lost = 0;
    bool stalled = false;
    for (int step = 0; step < 2'000 && !stalled; ++step) {
      if (step % of >= missing) ++count;
      stalled = watch.after_step(count) == RotorWatch::Finding::kShortfall;
      lost += watch.lost();
      EXPECT_NEAR(step + 1 - static_cast<std::int32_t>(lost), count, 1) << "what is lost is told";
    }
    EXPECT_EQ(stalled, stalls) << missing << " of " << of;
  }
}

TEST(RotorWatch, ALateCountIsNotMissing) {
  RotorWatch watch;
  watch.restart(0);
  for (std::int32_t step = 0; step < 10'000; ++step) {
    ASSERT_EQ(watch.after_step(step), RotorWatch::Finding::kFine);
    ASSERT_EQ(watch.lost(), 0U);
  }
}

TEST(RotorWatch, MoreCountsThanStepsAreAnOverrunBeforeAMicrolitreAndAHalfAreOut) {
  for (const auto& [extra, every] : {std::pair{3, 1}, {1, 1}, {1, 10}, {1, 40}}) {
    RotorWatch watch;
    watch.restart(0);
    std::int32_t count = 0;
    std::int32_t step = 0;
    RotorWatch::Finding found = RotorWatch::Finding::kFine;
    while (found == RotorWatch::Finding::kFine && step < 100'000) {
      count += ++step % every == 0 ? 1 + extra : 1;
      found = watch.after_step(count);
    }
    EXPECT_EQ(found, RotorWatch::Finding::kOverrun) << every;
    EXPECT_LE(count - step, 120) << every;
    watch.forgive();
    EXPECT_EQ(watch.after_step(++count), RotorWatch::Finding::kFine);
  }
}

TEST(RotorWatch, ACountTooManyNowAndThenIsNoOverrun) {
  RotorWatch watch;
  watch.restart(0);
  std::int32_t count = 0;
  for (int step = 1; step < 100'000; ++step) {
    count += step % 200 == 0 ? 2 : 1;
    ASSERT_EQ(watch.after_step(count), RotorWatch::Finding::kFine) << step;
  }
}

TEST(RotorWatch, TwoCountsBackwardsAreAReversalAcrossTheWrap) {
  RotorWatch watch;
  watch.restart(INT32_MIN);
  EXPECT_EQ(watch.after_step(INT32_MAX), RotorWatch::Finding::kFine);
  EXPECT_EQ(watch.between_steps(INT32_MAX - 1), RotorWatch::Finding::kReverse);
}

TEST(SpeedLimiter, TwentyFiveAStepsASecondPassAndTwentySixDoNot) {
  SpeedLimiter limiter;
  for (std::uint64_t n = 0; n < 1000; ++n) EXPECT_TRUE(limiter.accept(n * kSecond / 25));
  limiter.restart();
  bool kept = true;
  for (std::uint64_t n = 0; n < 3; ++n) kept = limiter.accept(n * kSecond / 26);
  EXPECT_FALSE(kept);
}

TEST(VolumeLimiter, TripsAtTenMicrolitresAboveThePrescriptionAndNotBelow) {
  VolumeLimiter limiter{Mutation()};
  // A wrong but legal rate: 24 mL/day goes out, 12 are prescribed. 10 µL too much is there after 72 s.
  limiter.load(0, testing::program_at(12'000'000));
  limiter.run(0, true);
  std::uint64_t n = 0;
  while (limiter.accept(++n * 45 * kSecond / 1000)) {
  }
  EXPECT_NEAR(static_cast<double>(n) * 0.0125, 20.0, 0.05);  // µL out, 10 of them prescribed
}

TEST(VolumeLimiter, GivesNoCreditForAPause) {
  VolumeLimiter limiter{Mutation()};
  limiter.load(0, testing::program_at(500'000));
  limiter.run(0, true);
  EXPECT_TRUE(limiter.accept(10 * kHour));
  std::uint64_t n = 0;
  while (limiter.accept(10 * kHour + ++n * 1311)) {
  }
  EXPECT_NEAR(static_cast<double>(n), 800.0, 20.0);
}

TEST(Pump, TheVolumeLimiterStaysQuietOverRandomTherapy) {
  FakeBoard board;
  begin(board, testing::bolus_program(20'000'000));
  for (int i = 0; i < 8; ++i) {
    testing::bolus(board, static_cast<std::uint32_t>(i + 1));
    board.run_for(20 * kMinute);
    testing::stop(board);
    board.run_for(static_cast<Tick>(i) * kSecond);
    testing::start(board);
    board.run_for(50 * kMinute);
  }
  EXPECT_EQ(board.pump().alarms().mask(), 0);
}

}  // namespace
}  // namespace pumpfw
