#include "rig/twin/assembly/pump_clock.h"

#include <gtest/gtest.h>

#include "rig/base/rng.h"

namespace pumprig::twin {
namespace {

using namespace std::chrono_literals;

TEST(PumpClock, ATickIsOverAtItsInstantAndNotANanosecondBefore) {
  Rng rng(11);
  for (int i = 0; i < 20'000; ++i) {
    const PumpClock clock(Duration(static_cast<std::int64_t>(rng.below(1'000'000'000'000))),
                          static_cast<std::int64_t>(rng.below(200'000)) - 100'000);
    const auto first = clock.tick_at(kRunStart);
    const auto tick = first + 1 + rng.below(32768ULL * 86400 * 365 * 7);
    const auto t = clock.instant_of(tick);
    ASSERT_EQ(clock.tick_at(t), tick);
    ASSERT_EQ(clock.tick_at(t - 1ns), tick - 1);
  }
}

TEST(PumpClock, TwentyPpmAreTwelveSecondsAWeek) {
  const PumpClock clock(0s, 20'000);
  const auto ticks = clock.tick_at(kRunStart + 24h * 7);
  EXPECT_EQ(ticks / 32768, 604'800U + 12U);
}

TEST(PumpClock, AFaultSetsInWithoutAJumpAndLeavesWhatItHasMade) {
  PumpClock clock(1s, 0);
  clock.set_fault(kRunStart + 100s, 0.1);
  EXPECT_EQ(clock.tick_at(kRunStart + 100s), 101U * 32768);
  EXPECT_EQ(clock.tick_at(kRunStart + 200s), 211U * 32768);
  EXPECT_EQ(clock.instant_of(211U * 32768), kRunStart + 200s);
  clock.set_fault(kRunStart + 200s, 0);
  EXPECT_EQ(clock.tick_at(kRunStart + 300s), 311U * 32768);
  clock.set_fault(kRunStart + 300s, -0.1);
  EXPECT_EQ(clock.tick_at(kRunStart + 400s), 401U * 32768);
  EXPECT_EQ(clock.instant_of(401U * 32768), kRunStart + 400s);
}

}  // namespace
}  // namespace pumprig::twin
