#include "rig/twin/assembly/pump_pins.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pumprig::twin {
namespace {

using namespace std::chrono_literals;

struct Pins : instruments::EdgeListener {
  std::unique_ptr<Plant> plant = Plant::create(PlantConfig{}).value();
  PumpPins pins{*plant, false};
  TimePoint now = kRunStart;
  int edges = 0;

  Pins() {
    Bytes full_steps{0x05, 0x00, 0xEC, 0x08, 0x00, 0x00, 0x53};
    full_steps.push_back(Tmc2209::crc(full_steps));
    Bytes reply;
    pins.motor_driver().receive(full_steps, reply);
    pins.add_edge_listener(*this);
  }
  void on_edge(const instruments::Edge& edge) override { edges += edge.pin == instruments::Pin::kRotor ? 1 : 0; }
  void step(int times) {
    for (int i = 0; i < times; ++i) pins.step(now += 100ms, true);
  }
  // The counter after each of so many steps.
  std::vector<std::int32_t> counts(int times) {
    std::vector<std::int32_t> out;
    for (int i = 0; i < times; ++i) {
      step(1);
      out.push_back(pins.rotor_count());
    }
    return out;
  }
};

TEST(PumpPins, ANoisySensorLosesAndMakesUpItsSharesWhileTheRotorTurns) {
  for (const auto& [lost, extra] : {std::pair{0.1, 0.0}, {0.0, 0.1}, {0.2, 0.05}}) {
    Pins noisy;
    noisy.pins.set_rotor_noise(lost, extra, 1);
    constexpr int kSteps = 20'000;
    const int begin = noisy.plant->rotor_position();
    noisy.step(kSteps);
    EXPECT_EQ(noisy.plant->rotor_position(), (begin + kSteps) % kStepsPerRevolution);
    const double sigma = std::sqrt(kSteps * (lost * (1 - lost) + extra * (1 - extra)));  // of two binomials
    EXPECT_NEAR(noisy.pins.rotor_count(), kSteps * (1 - lost + extra), 4 * sigma) << lost << " " << extra;
    EXPECT_EQ(noisy.edges, noisy.pins.rotor_count());
  }
}

TEST(PumpPins, NoiseIsTheSameAgainWithItsSeedAndOverWhenItIsTakenAway) {
  Pins first;
  Pins again;
  Pins other;
  first.pins.set_rotor_noise(0.1, 0.1, 7);
  again.pins.set_rotor_noise(0.1, 0.1, 7);
  other.pins.set_rotor_noise(0.1, 0.1, 8);
  const auto counts = first.counts(500);
  EXPECT_EQ(again.counts(500), counts);
  EXPECT_NE(other.counts(500), counts);
  first.pins.set_rotor_noise(0, 0, 0);
  const std::int32_t before = first.pins.rotor_count();
  first.step(500);
  EXPECT_EQ(first.pins.rotor_count(), before + 500);
}

TEST(PumpPins, WithABrokenCoilTheCellIsLoadedAndTheRotorStays) {
  for (const int coil : {1, 2}) {
    Pins broken;
    const double charge = broken.pins.cell().discharged(kRunStart);
    broken.pins.motor_driver().set_coil_open(coil);
    broken.step(100);
    EXPECT_EQ(broken.pins.rotor_count(), 0);
    EXPECT_EQ(broken.plant->displaced_ul(), 0);
    EXPECT_NEAR((broken.pins.cell().discharged(broken.now) - charge) * 4320, 100 * 15e-6 + 10 * 12e-6, 1e-9);
    broken.pins.motor_driver().set_coil_open(0);
    broken.step(100);
    EXPECT_EQ(broken.pins.rotor_count(), 100);
  }
}

TEST(PumpPins, WithAShortedCoilNothingMovesUntilTheDriverIsEnabledAnew) {
  Pins shorted;
  shorted.pins.motor_driver().set_coil_short(1);
  shorted.step(10);
  shorted.pins.motor_driver().set_coil_short(0);
  shorted.step(10);
  EXPECT_EQ(shorted.pins.rotor_count(), 0);
  shorted.pins.motor_driver().enable(false);
  shorted.step(10);
  EXPECT_EQ(shorted.pins.rotor_count(), 10);
}

}  // namespace
}  // namespace pumprig::twin
