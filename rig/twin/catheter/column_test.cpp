// The row of cells by itself: what it keeps, what it spreads.
#include "rig/twin/catheter/column.h"

#include <gtest/gtest.h>

#include <cmath>

#include "rig/base/rng.h"

namespace pumprig::twin {
namespace {

using End = Column::End;

constexpr double kRadius = 2.65e-4;

TubeShape tube() {
  return {100, kRadius, 5e-10, 200};
}

TEST(TaylorAris, IsMolecularAtRestAndGrowsWithTheSquareOfTheSpeed) {
  EXPECT_DOUBLE_EQ(taylor_aris_m2_per_s(0, kRadius, 5e-10), 5e-10);
  // 0.5 mL/day: u = 2.62e-5 m/s, Pe = 13.9, by hand.
  EXPECT_NEAR(taylor_aris_m2_per_s(2.62e-5, 2.65e-4, 5e-10), 5e-10 * (1 + 13.886 * 13.886 / 48), 1e-13);
  const double slow = taylor_aris_m2_per_s(1e-5, kRadius, 5e-10) - 5e-10;
  EXPECT_NEAR(taylor_aris_m2_per_s(3e-5, kRadius, 5e-10) - 5e-10, 9 * slow, 1e-15);
}

TEST(Column, WithoutTimeAFrontPassesUnsmearedAndInOrder) {
  Column column(tube(), {1, 0});
  for (int i = 0; i < 300; ++i) {
    column.give(End::kInlet, 0.37, DrugMass{0, 2 * 0.37});
    const DrugMass out = column.take(End::kOutlet, 0.37);
    const double given = 0.37 * (i + 1);
    if (given < 100) {
      EXPECT_NEAR(out[0], 0.37, 1e-9) << i;
    }
    if (given > 100 + 0.5 + 0.37) {
      EXPECT_NEAR(out[1], 0.74, 1e-9) << i;
    }
  }
  EXPECT_NEAR(column.volume_ul(), 100, 1e-9);
  EXPECT_NEAR(column.mass()[1], 200, 1e-9);
}

TEST(Column, AtRestADropSpreadsByTwiceDiffusivityTimesTime) {
  Column column(tube(), {0, 0});
  column.give(End::kInlet, 50, {0, 0});
  column.take(End::kOutlet, 50);
  column.give(End::kInlet, 0.5, {1, 0});
  column.take(End::kOutlet, 0.5);
  column.give(End::kInlet, 50, {0, 0});
  column.take(End::kOutlet, 50);
  const double two_days = 172'800;
  column.flowed(0.5, two_days);  // so slow that Pe is next to 0
  double mass = 0;
  double first = 0;
  double second = 0;
  for (int i = 0; i < 200; ++i) {
    const double at = (i + 0.5) * 0.5;
    const double part = column.take(End::kOutlet, 0.5)[0];
    mass += part;
    first += part * at;
    second += part * at * at;
  }
  const double mean = first / mass;
  const double area = M_PI * kRadius * kRadius;
  const double sigma_ul = std::sqrt(2 * 5e-10 * two_days) * area * 1e9;
  EXPECT_NEAR(mass, 1, 1e-12);
  EXPECT_NEAR(mean, 50, 0.5);
  EXPECT_NEAR(std::sqrt(second / mass - mean * mean), sigma_ul, 0.005 * sigma_ul);
}

TEST(Column, KeepsEveryMicrogramWhateverGoesInAndOutAtBothEnds) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    Column column(tube(), {rng.uniform(0, 3), 0});
    DrugMass in = column.mass();
    DrugMass out{};
    double volume = 100;
    for (int i = 0; i < 5000; ++i) {
      const End end = rng.below(4) == 0 ? End::kOutlet : End::kInlet;
      const double ul = rng.below(50) == 0 ? rng.uniform(0, 20) : rng.uniform(0, 0.8);
      const bool clear = rng.below(3) == 0;
      const DrugMass mass{clear ? 0 : rng.uniform(0, 5) * ul, clear ? 0 : 1e-3 * ul};
      column.give(end, ul, mass);
      in += mass;
      const End other = rng.below(5) == 0 ? end : static_cast<End>(1 - static_cast<std::size_t>(end));
      const double taken = std::min(ul * rng.uniform(0.9, 1.1), column.volume_ul() - 20);
      const DrugMass seen = column.peek(other, taken);
      const DrugMass got = column.take(other, taken);
      for (std::size_t d = 0; d < kDrugs; ++d) ASSERT_NEAR(seen[d], got[d], 1e-9);
      out += got;
      volume += ul - std::max(taken, 0.0);
      column.flowed(ul, rng.uniform(0, 60));
    }
    for (std::size_t d = 0; d < kDrugs; ++d) EXPECT_NEAR(column.mass()[d] + out[d], in[d], 1e-11 * in[d]) << "seed " << seed;
    EXPECT_NEAR(column.volume_ul(), volume, 1e-8);
  }
}

TEST(Column, IsEvenAgainWhenAllOfTheOldFluidHasGone) {
  Column column(tube(), {1, 0});
  EXPECT_TRUE(column.even());
  for (int i = 0; i < 1000; ++i) {
    column.give(End::kInlet, 0.4, {0, 0.8});
    column.take(End::kOutlet, 0.4);
    column.flowed(0.4, 60);
    if (i == 10) {
      EXPECT_FALSE(column.even());
    }
  }
  EXPECT_TRUE(column.even());
  EXPECT_NEAR(column.at(End::kOutlet)[1], 2, 1e-7);
  EXPECT_NEAR(column.at(End::kOutlet)[0], 0, 1e-7);
}

TEST(Column, TakingMoreThanThereIsGivesWhatThereIs) {
  Column column(tube(), {1, 0});
  column.give(End::kInlet, 1, {5, 0});
  EXPECT_NEAR(column.take(End::kOutlet, 500)[0], 105, 1e-9);
  EXPECT_NEAR(column.volume_ul(), 0, 1e-12);
  column.give(End::kOutlet, 3, {3, 0});
  EXPECT_NEAR(column.take(End::kInlet, 3)[0], 3, 1e-9);
}

}  // namespace
}  // namespace pumprig::twin
