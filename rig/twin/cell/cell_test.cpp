#include "rig/twin/cell/cell.h"

#include <gtest/gtest.h>

namespace pumprig::twin {
namespace {

using namespace std::chrono_literals;

TEST(Cell, CurveAndResistanceFallAndRiseWithTheChargeThatLeft) {
  for (int i = 1; i <= 1000; ++i) {
    EXPECT_LT(cell_volts(i / 1000.0), cell_volts((i - 1) / 1000.0)) << i;
    EXPECT_GT(cell_ohm(i / 1000.0), cell_ohm((i - 1) / 1000.0)) << i;
  }
  EXPECT_DOUBLE_EQ(cell_volts(0.9), 2.55);
  EXPECT_DOUBLE_EQ(cell_volts(1.2), 2.0);
  EXPECT_DOUBLE_EQ(cell_ohm(0.8), 60);
}

// Mean current and life at five rates against the sums: 12 µA and 15 µC a step of 12.5 nL from 1.2 Ah.
TEST(Cell, LastsAsLongAsItsChargeDividedByTheCurrent) {
  struct Row {
    double ml_per_day;
    double microamperes;
    double years;
  };
  for (const Row row : {Row{0.048, 12.7, 10.8}, Row{0.25, 15.5, 8.8}, Row{0.5, 18.9, 7.2}, Row{1.5, 32.8, 4.2}}) {
    CellConfig config;
    config.discharged = 0;
    Cell cell(config);
    const double steps_a_day = row.ml_per_day * 1e6 / 12.5;
    for (double step = 0; step < steps_a_day; ++step) cell.pulse(kRunStart);
    const double day = cell.discharged(kRunStart + 24h);
    EXPECT_NEAR(day * config.capacity_c / 86'400 * 1e6, row.microamperes, 0.06);
    EXPECT_NEAR(1 / day / 365.25, row.years, 0.06);
  }
}

TEST(Cell, IsUnderLoadForFifteenMillisecondsAfterAPulse) {
  Cell cell;
  const double rest = cell.volts(kRunStart + 1s);
  cell.pulse(kRunStart + 1s);
  EXPECT_NEAR(rest - cell.volts(kRunStart + 1s), 1e-3 * cell_ohm(0.05), 1e-6);
  EXPECT_NEAR(rest - cell.volts(kRunStart + 1s + 14999us), 1e-3 * cell_ohm(0.05), 1e-6);
  EXPECT_NEAR(cell.volts(kRunStart + 1s + 15ms), rest, 1e-6);
}

TEST(Cell, AFilmBrownsOutAnAgedCellAtAStepAndNotAFreshOne) {
  Cell cell;
  cell.set_film_ohm(300);
  cell.pulse(kRunStart);
  EXPECT_FALSE(cell.browns_out(kRunStart));
  EXPECT_NEAR(cell_volts(0.05) - cell.volts(kRunStart), 0.32, 0.01);
  cell.set_discharged(kRunStart, 0.97);
  EXPECT_TRUE(cell.browns_out(kRunStart));
  EXPECT_FALSE(cell.browns_out(kRunStart + 15ms));
}

TEST(Cell, AShortDividesItsVoltage) {
  CellConfig config;
  config.discharged = 0.05;
  Cell cell(config);
  cell.set_short_ohm(kRunStart, 100);
  // Two resistances in a row across 3.05 V, and the 12 µA of the board beside the outer one.
  EXPECT_NEAR(cell.volts(kRunStart), (3.05 - 12e-6 * cell_ohm(0.05)) * 100 / (100 + cell_ohm(0.05)), 1e-12);
  cell.set_short_ohm(kRunStart, std::nullopt);
  EXPECT_NEAR(cell.volts(kRunStart), 3.05, 1e-3);
}

// The time to a charge is the integral of dq/I(q), in the charge where the cell goes in time.
TEST(Cell, AShortTakesTheChargeThatItsResistanceLets) {
  for (const double ohm : {100.0, 1000.0, 100'000.0}) {
    CellConfig config;
    config.discharged = 0.1;
    Cell cell(config);
    cell.set_short_ohm(kRunStart, ohm);
    constexpr int kParts = 100'000;
    double t = 0;
    for (int i = 0; i < kParts; ++i) {
      const double part = 0.1 + 0.8 * (i + 0.5) / kParts;
      t += config.capacity_c * 0.8 / kParts / (config.base_a + cell_volts(part) / (ohm + cell_ohm(part)));
    }
    EXPECT_NEAR(cell.discharged(kRunStart + from_seconds(t)), 0.9, 1e-3) << ohm;
    cell.pulse(kRunStart + from_seconds(t / 2));
    EXPECT_NEAR(cell.discharged(kRunStart + from_seconds(t)), 0.9, 1e-3) << ohm;
    cell.set_short_ohm(kRunStart + from_seconds(t), std::nullopt);
    EXPECT_NEAR(cell.discharged(kRunStart + from_seconds(t + 3600)), 0.9, 1e-3) << ohm;
  }
}

}  // namespace
}  // namespace pumprig::twin
