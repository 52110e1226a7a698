#include "rig/instruments/sensirion_shdlc/meter.h"

#include <gtest/gtest.h>

#include <cmath>

#include "rig/instruments/sensirion_shdlc/sensor.h"
#include "rig/instruments/support/plain_world.h"

namespace pumprig::instruments::sensirion_shdlc {
namespace {

using namespace std::chrono_literals;

const Model& lg16() {
  return *find_model("LG16-0150D");
}

TEST(VirtualMeter, ErrorsStayWithinTheStatedAccuracyAtEveryFlowForEverySeed) {
  double worst = 0;
  for (const Model& model : models()) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      PlainWorld world;
      const Meter meter(model, world, seed);
      for (const double part : {0.0, 0.01, 0.06, 0.3, 1.0}) {
        const double flow = part * model.full_scale;
        const double error = std::fabs(flow * meter.gain_error() + meter.zero_error());
        const double stated = std::max(model.of_reading * flow, model.of_full_scale * model.full_scale);
        EXPECT_LE(error, stated) << model.name;
        worst = std::max(worst, error / stated);
      }
    }
  }
  EXPECT_GT(worst, 0.7);  // and they use it
}

// The lazy totalizer against the plain way: every internal sample made, noisy and rounded, and added up.
TEST(VirtualMeter, TheTotalizerIsTheSumOfEveryInternalSample) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    PlainWorld world;
    world.set_flow(kRunStart, 0.4);
    world.set_flow(kRunStart + 100s, 2.5);
    world.set_flow(kRunStart + 170s, -0.3);
    Meter lazy(lg16(), world, seed);
    Meter plain(lg16(), world, seed);
    lazy.start(kRunStart, 100ms);
    lazy.set_totalizer(kRunStart, true);
    plain.start(kRunStart, 100ms);
    double sum = 0;
    for (std::int64_t k = 1; k <= 3000; ++k) sum += plain.sample(k);
    for (int s = 7; s < 300; s += 7) static_cast<void>(lazy.totalizer(kRunStart + s * 1s));
    const double sigma_ticks = lg16().repeat_of_full_scale * lg16().full_scale / 2 * lg16().scale;
    EXPECT_NEAR(static_cast<double>(lazy.totalizer(kRunStart + 300s)), sum, 6 * std::sqrt(2.0 * 3000) * sigma_ticks);
  }
}

TEST(VirtualMeter, BeyondItsLimitTheReadingAndTheTotalizerStandStill) {
  PlainWorld world;
  world.set_flow(kRunStart, 20);  // the limit is 8
  Meter meter(lg16(), world, 1);
  meter.start(kRunStart, 100ms);
  meter.set_totalizer(kRunStart, true);
  EXPECT_EQ(meter.sample(1), 32000);
  EXPECT_TRUE(meter.exceeded(0, 5));
  const double ul = static_cast<double>(meter.totalizer(kRunStart + 60s)) / 4000 * 0.1 / 60;
  EXPECT_NEAR(ul, 8, 8 * 0.06);
}

// One stroke of 12.5 nL within 70 ms each 2.16 s, as a pump without a damper gives at 0.5 mL/day: what polled points make of it when they
// are integrated, and what the totalizer does.
TEST(VirtualMeter, PulsesAreInTheTotalizerButNotInIntegratedPolls) {
  PlainWorld world;
  for (int stroke = 0; stroke < 39; ++stroke) {
    const TimePoint at = kRunStart + 300ms + stroke * 22500ms;
    world.set_flow(at, 0.0125 / (0.070 / 60));
    world.set_flow(at + 70ms, 0);
  }
  Meter meter(*find_model("LG16-0430D"), world, 3);
  meter.start(kRunStart, 100ms);
  meter.set_totalizer(kRunStart, true);
  const double ticks = meter.ticks_per_ul_per_min();
  const double true_ul = world.metered_volume_ul(kRunStart + 864s);
  double integrated = 0;
  for (std::int64_t k = 10; k <= 8640; k += 10) integrated += meter.sample(k) / ticks * (1.0 / 60);
  const double totalized = static_cast<double>(meter.totalizer(kRunStart + 864s)) / ticks * 0.1 / 60;
  const double zero_ul = meter.zero_error() * 864 / 60;  // both carry the meter's own error; what is left is the method's
  EXPECT_NEAR((totalized - zero_ul) / (1 + meter.gain_error()), true_ul, 0.03 * true_ul);
  EXPECT_GT(std::fabs((integrated - zero_ul) / (1 + meter.gain_error()) - true_ul), 0.5 * true_ul);
}

class SensorTest : public testing::Test {
 protected:
  DeviceError execute(Command command, Bytes in) {
    out.clear();
    return sensor.execute(command, in, now, out);
  }
  PlainWorld world;
  Sensor sensor{*find_model("LD20-0600L"), world, 5, "0000ABCD"};
  TimePoint now{kRunStart};
  Bytes out;
};

TEST_F(SensorTest, AnswersWhatItCannotDoWithTheCodeOfTheRealOne) {
  EXPECT_EQ(execute(static_cast<Command>(0x99), {}), DeviceError::kUnknownCommand);
  EXPECT_EQ(execute(Command::kLast, {3}), DeviceError::kNoMeasurement);
  EXPECT_EQ(execute(Command::kContinuous, {0, 100}), DeviceError::kDataSize);
  EXPECT_EQ(execute(Command::kContinuous, {0, 100, 0x12, 0x34}), DeviceError::kParameter);
  EXPECT_EQ(execute(Command::kScale, {0x36, 0x09}), DeviceError::kParameter);
  EXPECT_EQ(execute(Command::kSensorType, {5}), DeviceError::kParameter);
  EXPECT_EQ(execute(Command::kResolution, {16}), DeviceError::kUnknownCommand);  // an SF06 has none
  EXPECT_EQ(execute(Command::kContinuous, {0, 100, 0x36, 0x08}), DeviceError::kNone);
  EXPECT_EQ(execute(Command::kPartName, {}), DeviceError::kBusy);
  EXPECT_EQ(execute(Command::kContinuous, {0, 100, 0x36, 0x08}), DeviceError::kBusy);
}

TEST_F(SensorTest, ToldToBeAnotherTypeTheSensorDoesNotAnswerTheCable) {
  EXPECT_EQ(execute(Command::kSensorType, {kSensorTypeSf04}), DeviceError::kNone);
  EXPECT_EQ(execute(Command::kPartName, {}), DeviceError::kNoAck);
  EXPECT_EQ(execute(Command::kContinuous, {0, 100, 0x36, 0x08}), DeviceError::kNoAck);
}

TEST_F(SensorTest, TheBufferGivesEachSampleOnceAndCountsWhatItLost) {
  world.set_flow(kRunStart, 100);
  ASSERT_EQ(execute(Command::kContinuous, {0, 10, 0x36, 0x08}), DeviceError::kNone);
  now += 305ms;
  ASSERT_EQ(execute(Command::kBuffer, {3}), DeviceError::kNone);
  EXPECT_EQ(get_be32(out, 0), 0U);
  EXPECT_EQ(get_be16(out, 4), 0U);
  EXPECT_EQ(get_be16(out, 6), 3U);
  EXPECT_EQ((out.size() - 8) / 6, 30U);
  ASSERT_EQ(execute(Command::kBuffer, {3}), DeviceError::kNone);
  EXPECT_EQ(out.size(), 8U);
  now += 10s;
  std::size_t got = 0;
  std::size_t lost_bytes = 0;
  do {
    ASSERT_EQ(execute(Command::kBuffer, {3}), DeviceError::kNone);
    lost_bytes += get_be32(out, 0);
    got += (out.size() - 8) / 6;
  } while (get_be16(out, 4) > 0);
  EXPECT_EQ(got + lost_bytes / 6, 1000U);
}

TEST_F(SensorTest, AValueIsNewOnlyOnce) {
  ASSERT_EQ(execute(Command::kContinuous, {0, 100, 0x36, 0x08}), DeviceError::kNone);
  ASSERT_EQ(execute(Command::kLast, {3}), DeviceError::kNone);
  EXPECT_TRUE(out.empty());
  now += 100ms;
  ASSERT_EQ(execute(Command::kLast, {3}), DeviceError::kNone);
  EXPECT_EQ(out.size(), 6U);
  ASSERT_EQ(execute(Command::kLast, {3}), DeviceError::kNone);
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace pumprig::instruments::sensirion_shdlc
