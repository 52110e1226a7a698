#include "rig/exec/utc.h"

#include <gtest/gtest.h>

namespace pumprig::exec {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kSecond = 1'000'000'000;

// Clocks of a machine that can be set and put to sleep.
struct Machine {
  ClockReadings clocks{1'700'000'000 * kSecond, 5 * kSecond, 5 * kSecond};
  void pass(std::int64_t ns) {
    clocks.utc += ns;
    clocks.monotonic += ns;
    clocks.boot += ns;
  }
  void sleep(std::int64_t ns) {
    clocks.utc += ns;
    clocks.boot += ns;
  }
  ClockStepWatch watch() {
    return ClockStepWatch([this] { return clocks; });
  }
};

TEST(ClockStepWatch, SaysNothingWhileTimeJustPasses) {
  Machine machine;
  auto watch = machine.watch();
  for (int i = 0; i < 1000; ++i) {
    machine.pass(kSecond + i);
    EXPECT_FALSE(watch.look());
  }
}

TEST(ClockStepWatch, TellsByHowMuchTheWallClockWasSetOnceForEachStep) {
  Machine machine;
  auto watch = machine.watch();
  for (const Duration by : {Duration(2h), Duration(-26h), Duration(600ms), Duration(-501ms)}) {
    machine.pass(kSecond);
    machine.clocks.utc += by.count();
    const auto step = watch.look();
    ASSERT_TRUE(step) << by.count();
    EXPECT_EQ(step->utc_moved, by);
    EXPECT_EQ(step->slept, 0s);
    EXPECT_FALSE(watch.look());
  }
}

TEST(ClockStepWatch, TellsASleepFromAStep) {
  Machine machine;
  auto watch = machine.watch();
  machine.sleep(3600 * kSecond);
  const auto slept = watch.look();
  ASSERT_TRUE(slept);
  EXPECT_EQ(slept->slept, 1h);
  EXPECT_EQ(slept->utc_moved, 0s) << "the wall clock is right after it";
  machine.sleep(60 * kSecond);
  machine.clocks.utc -= 5 * kSecond;
  const auto both = watch.look();
  ASSERT_TRUE(both);
  EXPECT_EQ(both->slept, 1min);
  EXPECT_EQ(both->utc_moved, -5s);
}

TEST(ClockStepWatch, SmallCorrectionsAddUpUntilTheyMatter) {
  Machine machine;
  auto watch = machine.watch();
  int told = 0;
  for (int i = 0; i < 100; ++i) {
    machine.pass(kSecond);
    machine.clocks.utc += kSecond / 100;
    if (watch.look()) ++told;
  }
  EXPECT_EQ(told, 2);
}

TEST(UtcOrigin, IsNotMovedByAStepAndGoesOnInASleep) {
  Machine machine;
  const UtcOrigin origin(machine.clocks);
  machine.pass(10 * kSecond);
  machine.clocks.utc += 7200 * kSecond;
  EXPECT_EQ(origin.ns_at(machine.clocks), origin.began_ns() + 10 * kSecond);
  machine.sleep(30 * kSecond);
  EXPECT_EQ(origin.ns_at(machine.clocks), origin.began_ns() + 40 * kSecond);
}

TEST(ReadClocks, AgreeAmongThemselvesFromOneReadingToTheNext) {
  ClockStepWatch watch;
  const ClockReadings before = read_clocks();
  const ClockReadings after = read_clocks();
  EXPECT_GE(after.monotonic, before.monotonic);
  EXPECT_GE(after.boot, before.boot);
  EXPECT_FALSE(watch.look()) << "somebody set this machine's clock in mid-test";
}

}  // namespace
}  // namespace pumprig::exec
