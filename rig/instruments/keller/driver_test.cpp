// What the contract test does not know: where the readable range ends.
#include "rig/instruments/keller/driver.h"

#include <gtest/gtest.h>

#include "rig/instruments/catalogue.h"
#include "rig/instruments/support/plain_world.h"
#include "rig/link/memory/memory_link.h"

namespace pumprig::instruments::keller {
namespace {

struct Sink : SampleSink {
  void sample(std::size_t, const Sample& sample) override { samples.push_back(sample); }
  void event(TimePoint, std::string_view, std::string_view) override {}
  std::vector<Sample> samples;
};

class KellerDriver : public testing::Test {
 protected:
  KellerDriver() {
    serving = executor->spawn(far->serve());
    EXPECT_TRUE(executor->run(driver->open()));
  }
  ~KellerDriver() override { serving.cancel(); }

  Sample read_at(double kpa) {
    world.pressure_kpa = kpa;
    const std::vector<std::size_t> channels{kPressure};
    EXPECT_TRUE(executor->run(driver->sample(channels, sink)));
    return sink.samples.back();
  }

  std::unique_ptr<exec::Executor> executor = exec::Executor::make_virtual();
  PlainWorld world;
  link::MemoryPair pair = link::make_memory_pair(*executor, {.baud = 9600});
  const Descriptor& kind = *find_kind("keller");
  std::vector<SettingMistake> mistakes;
  Settings settings = check_settings(kind, {}, mistakes);  // 0 … 300 kPa gauge
  std::unique_ptr<VirtualInstrument> far = kind.make_virtual({"pressure", *pair.device, world, settings, *executor, 9});
  std::unique_ptr<Instrument> driver = kind.make_driver({"pressure", *pair.rig, settings, *executor});
  exec::JoinHandle<void> serving;
  Sink sink;
};

TEST_F(KellerDriver, NoiseAboutTheEndOfItsRangeIsNoSaturation) {
  int below = 0;
  for (int i = 0; i < 100; ++i) {
    const Sample sample = read_at(-0.01);
    EXPECT_TRUE(sample.valid());
    EXPECT_FALSE(sample.saturated());
    if (sample.value < 0) ++below;
  }
  EXPECT_GT(below, 0);
}

TEST_F(KellerDriver, ATenthBeyondItsRangeIsReadAndMoreIsSaturated) {
  for (const double kpa : {-29.0, 329.0}) {
    const Sample sample = read_at(kpa);
    EXPECT_TRUE(sample.valid()) << kpa;
    EXPECT_FALSE(sample.saturated()) << kpa;
    EXPECT_NEAR(sample.value, kpa, 0.5);
  }
  for (const double kpa : {-31.0, 331.0}) {
    const Sample sample = read_at(kpa);
    EXPECT_FALSE(sample.valid()) << kpa;
    EXPECT_TRUE(sample.saturated()) << kpa;
  }
}

}  // namespace
}  // namespace pumprig::instruments::keller
