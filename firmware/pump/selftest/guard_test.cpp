// REQ-702: what is guarded while the pump runs; each damage made by hand. REQ-703: what the watchdog is armed for.
#include <gtest/gtest.h>

#include "firmware/pump/testing/programs.h"

namespace pumpfw {
namespace {

using testing::FakeBoard;

// Bytes of an object inside the pump, to be damaged as a single event in the RAM would.
template <typename T>
unsigned char* bytes_of(const T& object) {
  return reinterpret_cast<unsigned char*>(const_cast<T*>(&object));
}

struct Delivering {
  explicit Delivering(std::uint32_t rate_nl_per_day = 500'000, Mutant mutant = Mutant::kNone) : board(with(mutant)) {
    testing::begin(board, testing::program_at(rate_nl_per_day));
    board.run_for(kHour);
    steps = board.step_count;
  }
  static Pump::Config with(Mutant mutant) {
    Pump::Config config;
    config.mutant = mutant;
    return config;
  }
  void expect_halted(MemoryPart part) {
    const std::uint64_t last = board.step_count;
    board.run_for(kHour);
    EXPECT_EQ(board.step_count, last);
    EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
    EXPECT_TRUE(board.pump().alarms().active(AlarmId::kMemory)) << static_cast<int>(part);
  }
  FakeBoard board;
  std::uint64_t steps = 0;
};

TEST(MemoryGuard, ABitInTheCodeHaltsTherapyWithinAnHour) {
  for (const std::size_t at : {std::size_t{0}, std::size_t{2500}, std::size_t{4999}}) {
    for (const std::uint32_t rate : {48'000U, 24'000'000U}) {
      Delivering pump(rate);
      pump.board.code_bytes[at] ^= 0x10;
      pump.board.run_for(kHour);
      pump.expect_halted(MemoryPart::kCode);
      EXPECT_EQ(testing::clear(pump.board, AlarmId::kMemory), StatusCode::kAlarmCauseStands);
    }
  }
}

// As large as the bank lets it be, and a pump that sleeps as long as it may.
TEST(MemoryGuard, TheLargestCodeIsThroughWithinAnHourOfSleep) {
  FakeBoard board;
  board.run_for(kMinute);
  board.code_bytes.assign(hal::kImageBankSize, 0x47);
  board.run_for(kHour + kMinute);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kMemory));
}

TEST(MemoryGuard, LooksAtTheCodeWithoutAWakeOfItsOwn) {
  Delivering looks;
  Delivering does_not(500'000, Mutant::kCodeUnguarded);
  for (Delivering* pump : {&looks, &does_not}) pump->board.run_for(kDay);
  EXPECT_EQ(looks.board.wakes, does_not.board.wakes);
}

TEST(MemoryGuard, CodeThatIsWholeAgainAtASelfTestLetsTheAlarmGo) {
  Delivering pump;
  pump.board.code_bytes[9] ^= 0x10;
  pump.board.run_for(kHour);
  ASSERT_EQ(testing::clear(pump.board, AlarmId::kMemory), StatusCode::kAlarmCauseStands);
  pump.board.code_bytes[9] ^= 0x10;
  ASSERT_EQ(pump.board.command([](Pump& p, Tick now) { return p.self_test(now); }), StatusCode::kOk);
  pump.board.run_for(kSecond);
  EXPECT_EQ(testing::clear(pump.board, AlarmId::kMemory), StatusCode::kOk);
  EXPECT_EQ(testing::start(pump.board), StatusCode::kOk);
}

TEST(MemoryGuard, AFlipInTheCountedVolumesHaltsAtTheNextStepAndTheRecordStandsIn) {
  for (std::size_t at = 0; at < 48; ++at) {
    Delivering pump;
    const std::uint64_t left = pump.board.pump().ledger().left_steps();
    bytes_of(pump.board.pump().ledger())[at] ^= 0x08;
    pump.board.run_for(3 * kSecond);
    pump.expect_halted(MemoryPart::kLedger);
    EXPECT_LE(pump.board.step_count - pump.steps, 2U);
    EXPECT_NEAR(static_cast<double>(pump.board.pump().ledger().left_steps()), static_cast<double>(left), 65);
    EXPECT_EQ(testing::clear(pump.board, AlarmId::kMemory), StatusCode::kOk);
    EXPECT_EQ(testing::start(pump.board), StatusCode::kOk);
  }
}

TEST(MemoryGuard, EveryFieldOfTheVolumeLimiterIsKeptTwice) {
  VolumeLimiter limiter{Mutation(Mutant::kNone)};
  limiter.load(0, testing::program_at(500'000));
  std::size_t seen = 0;
  for (std::size_t at = 0; at < sizeof limiter; ++at) {
    bytes_of(limiter)[at] ^= 0x01;
    if (!limiter.intact()) ++seen;
    bytes_of(limiter)[at] ^= 0x01;
  }
  EXPECT_GE(seen, 2U * (8 + 8 + 1 + 4 * 4 + 8 + 8));
  EXPECT_TRUE(limiter.intact());
}

TEST(MemoryGuard, DamageDoesNotHealByBeingCountedOn) {
  ReservoirLedger ledger;
  ledger.restore(1000, 0, 0);
  bytes_of(ledger)[1] ^= 0x40;
  ledger.take_step();
  EXPECT_FALSE(ledger.intact());
  ledger.give_back(1);
  EXPECT_FALSE(ledger.intact());
}

TEST(MemoryGuard, APlanThatIsNotTheProgramsHaltsWithinAnHour) {
  // Slower than programmed: no limiter would ever see it.
  Delivering pump;
  const StepSchedule& plan = pump.board.pump().schedule();
  auto* const train = reinterpret_cast<std::uint64_t*>(bytes_of(plan));
  ASSERT_EQ(train[1], kBasalNumerator / 1'000'000);  // whole ticks of an interval at 0.5 mL/day
  train[1] += train[1] / 2;
  pump.board.run_for(kHour);
  pump.expect_halted(MemoryPart::kPlan);
}

TEST(MemoryGuard, AStackThatRanOverHalts) {
  Delivering pump;
  pump.board.stack_overrun = true;
  pump.board.run_for(kHour);
  pump.expect_halted(MemoryPart::kStack);
}

TEST(MemoryGuard, MutantsThatDoNotLookGoOn) {
  Delivering code(500'000, Mutant::kCodeUnguarded);
  code.board.code_bytes[7] ^= 1;
  Delivering ram(500'000, Mutant::kRamUnguarded);
  bytes_of(ram.board.pump().ledger())[2] ^= 1;
  for (Delivering* pump : {&code, &ram}) {
    pump->board.run_for(2 * kHour);
    EXPECT_FALSE(pump->board.pump().alarms().any());
    EXPECT_GT(pump->board.step_count, pump->steps + 3000);
  }
}

// REQ-705: what a clock that is off adds at the highest rate, 0.28 µL a second of difference, stays below 10 µL until it is found.
TEST(ClockGuard, AClockThatRunsOffHaltsBeforeTenMicrolitresAreTooMany) {
  for (const double off : {0.1, -0.1, 0.02, -0.01, 0.003, -0.002}) {
    Delivering pump(24'000'000);
    const Tick from = pump.board.now();
    double rtc = 0;
    while (pump.board.pump().therapy_state() == TherapyState::kRunning && pump.board.now() < from + kHour) {
      pump.board.run_for(kSecond);
      rtc += off * static_cast<double>(kSecond);
      pump.board.rtc_jump = static_cast<std::uint64_t>(static_cast<std::int64_t>(rtc));
    }
    EXPECT_TRUE(pump.board.pump().alarms().active(AlarmId::kSelfTest)) << off;
    const double wrong_s = std::abs(off) * static_cast<double>(pump.board.now() - from) / kSecond;
    EXPECT_LT(wrong_s * 24'000 / 86'400, 10) << off;
    EXPECT_EQ(testing::clear(pump.board, AlarmId::kSelfTest), StatusCode::kAlarmCauseStands) << off;
    ASSERT_EQ(pump.board.command([](Pump& p, Tick now) { return p.self_test(now); }), StatusCode::kOk);
    pump.board.run_for(kSecond);
    EXPECT_EQ(testing::clear(pump.board, AlarmId::kSelfTest), StatusCode::kOk) << off;
    EXPECT_EQ(testing::start(pump.board), StatusCode::kOk) << off;
    pump.board.run_for(kHour);
    EXPECT_EQ(pump.board.pump().therapy_state(), TherapyState::kRunning) << off;
  }
}

TEST(ClockGuard, CrystalsThatDifferAndAClockThatJumpsAreBorne) {
  for (const double off : {150e-6, -150e-6}) {
    Delivering pump(48'000);
    double rtc = 0;
    for (int i = 0; i < 24 * 60; ++i) {
      pump.board.run_for(kMinute);
      rtc += off * static_cast<double>(kMinute);
      if (i % 60 == 30) rtc += (i % 120 == 30 ? 1 : -1) * static_cast<double>(kHour);
      pump.board.rtc_jump = static_cast<std::uint64_t>(static_cast<std::int64_t>(rtc));
    }
    EXPECT_FALSE(pump.board.pump().alarms().any()) << off;
    EXPECT_EQ(pump.board.pump().therapy_state(), TherapyState::kRunning) << off;
  }
}

TEST(ClockGuard, AClockThatStandsHalts) {
  Delivering pump;
  pump.board.rtc_jump = 0;
  pump.board.rtc_stuck = true;
  pump.board.run_for(5 * kMinute);
  EXPECT_TRUE(pump.board.pump().alarms().active(AlarmId::kSelfTest));
}

// What a board sleeps and arms its watchdog for, 1 s later.
Tick longest_announced(FakeBoard& board, Tick span) {
  Tick longest = 0;
  board.after_wake = [&] { longest = std::max(longest, board.deadline() - board.now()); };
  board.run_for(span);
  board.after_wake = nullptr;
  return longest;
}

TEST(Watchdog, IsArmedForTheNextStep) {
  Delivering fast(24'000'000);
  EXPECT_LE(longest_announced(fast.board, kMinute), 45 * kSecond / 1000 + kSecond / 8 + 2);
  Delivering usual(500'000);
  EXPECT_LE(longest_announced(usual.board, kHour), 216 * kSecond / 100 + kSecond / 8 + 2);
  // Where steps are rarer, the outlet is looked at between them.
  Delivering slow(48'000);
  EXPECT_LE(longest_announced(slow.board, kHour), 7 * kSecond / 4);
  // Then nothing but the next look at the outlet would be missed.
  Delivering late(24'000'000, Mutant::kWatchdogLate);
  EXPECT_GT(longest_announced(late.board, kMinute), kSecond);
}

TEST(Watchdog, LetsAStoppedPumpSleep) {
  Delivering pump;
  ASSERT_EQ(testing::stop(pump.board), StatusCode::kOk);
  pump.board.run_for(kMinute);
  EXPECT_EQ(longest_announced(pump.board, kMinute), hal::kLongestSleep);
}

}  // namespace
}  // namespace pumpfw
