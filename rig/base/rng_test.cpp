#include "rig/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pumprig {
namespace {

TEST(Rng, TheSameSeedGivesTheSameNumbersForEver) {
  Rng rng(1);
  // Computed with an independent Python implementation of splitmix64 and xoshiro256**.
  EXPECT_EQ(rng.next(), 12966619160104079557U);
  EXPECT_EQ(rng.next(), 9600361134598540522U);
  EXPECT_EQ(rng.next(), 10590380919521690900U);
}

TEST(Rng, StreamsOfOneSeedDiffer) {
  EXPECT_NE(Rng::stream(7, "flow").next(), Rng::stream(7, "pressure").next());
}

TEST(Rng, NormalNumbersHaveMeanZeroAndVarianceOne) {
  Rng rng(42);
  double sum = 0;
  double squares = 0;
  constexpr int kN = 200'000;
  for (int i = 0; i < kN; ++i) {
    const double x = rng.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kN, 0, 5 / std::sqrt(kN));
  EXPECT_NEAR(squares / kN, 1, 0.02);
}

TEST(Rng, BelowStaysBelow) {
  Rng rng(3);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(rng.below(7), 7U);
}

}  // namespace
}  // namespace pumprig
