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

}  // namespace
}  // namespace pumprig::twin
