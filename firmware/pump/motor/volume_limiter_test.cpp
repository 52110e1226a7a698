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

}  // namespace
}  // namespace pumpfw
