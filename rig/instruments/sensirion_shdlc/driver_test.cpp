// What the contract test does not know: saturation, the restarted device, the volume that goes on.
#include "rig/instruments/sensirion_shdlc/driver.h"

#include <gtest/gtest.h>

#include "rig/instruments/catalogue.h"
#include "rig/instruments/sensirion_shdlc/codec.h"
#include "rig/instruments/support/plain_world.h"
#include "rig/link/memory/memory_link.h"

namespace pumprig::instruments::sensirion_shdlc {
namespace {

using namespace std::chrono_literals;

struct Sink : SampleSink {
  void sample(std::size_t channel, const Sample& sample) override { last[channel] = sample; }
  void event(TimePoint, std::string_view kind, std::string_view) override { events.emplace_back(kind); }
  std::map<std::size_t, Sample> last;
  std::vector<std::string> events;
};

class SensirionDriver : public testing::Test {
 protected:
  explicit SensirionDriver(const std::string& sensor = "LG16-0150D") {
    std::vector<SettingMistake> mistakes;
    const Descriptor& kind = *find_kind("sensirion_shdlc");
    settings = check_settings(kind, {{"sensor", sensor}}, mistakes);
    far = kind.make_virtual({"flow", *pair.device, world, settings, *executor, 9});
    driver = kind.make_driver({"flow", *pair.rig, settings, *executor});
    serving = executor->spawn(far->serve());
  }
  ~SensirionDriver() override { serving.cancel(); }

  Status sample() { return executor->run(driver->sample(channels, sink)); }
  void pass(Duration d) { EXPECT_TRUE(executor->run(sleep(*executor, d))); }
  static Task<void> sleep(exec::Executor& executor, Duration d) { co_return co_await executor.sleep_for(d); }

  std::unique_ptr<exec::Executor> executor = exec::Executor::make_virtual();
  PlainWorld world;
  link::MemoryPair pair = link::make_memory_pair(*executor, {.baud = 115200});
  Settings settings;
  std::unique_ptr<VirtualInstrument> far;
  std::unique_ptr<Instrument> driver;
  exec::JoinHandle<void> serving;
  Sink sink;
  const std::vector<std::size_t> channels{kFlow, kVolume};
};

TEST_F(SensirionDriver, AFlowBeyondTheMeterIsMarkedSaturated) {
  world.set_flow(kRunStart, 20);
  ASSERT_TRUE(executor->run(driver->open()));
  ASSERT_TRUE(sample());
  EXPECT_TRUE(sink.last[kFlow].saturated());
  EXPECT_NEAR(sink.last[kFlow].value, 8, 0.01);
  EXPECT_EQ(sink.last[kFlow].window, 100ms);
  world.set_flow(executor->now(), 2);
  pass(1s);
  ASSERT_TRUE(sample());
  EXPECT_FALSE(sink.last[kFlow].saturated());
}

TEST_F(SensirionDriver, AVolumeInWhichTheFlowWasBeyondTheMeterIsMarkedSaturatedTooEvenWhenOnlyVolumesAreAskedFor) {
  const std::vector<std::size_t> only_volume{kVolume};
  const auto saturated = [&] {
    EXPECT_TRUE(executor->run(driver->sample(only_volume, sink)));
    return sink.last[kVolume].saturated();
  };
  world.set_flow(kRunStart, 2);
  ASSERT_TRUE(executor->run(driver->open()));
  pass(1s);
  EXPECT_FALSE(saturated());
  world.set_flow(executor->now(), 20);
  pass(1s);
  EXPECT_TRUE(saturated());
  world.set_flow(executor->now(), 2);
  pass(1s);
  EXPECT_FALSE(saturated());
}

TEST_F(SensirionDriver, ADeviceThatWasResetIsStartedAgainAndTheVolumeGoesOnWithAGap) {
  world.set_flow(kRunStart, 6);
  ASSERT_TRUE(executor->run(driver->open()));
  pass(60s);
  ASSERT_TRUE(sample());
  const double before = sink.last[kVolume].value;
  EXPECT_NEAR(before, 6, 0.4);
  Bytes reset;
  encode(Request{0, 0xD3, {}}, reset);  // as a glitch of its supply would
  ASSERT_TRUE(pair.rig->try_write(reset));
  pass(1s);
  const Status lost = sample();
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(lost.error().text.find("no measurement is running"), std::string::npos) << lost.error().text;
  ASSERT_TRUE(sample());
  EXPECT_TRUE(sink.last[kVolume].gap_before());
  EXPECT_GE(sink.last[kVolume].value, before);
  EXPECT_NEAR(sink.last[kVolume].value, before, 0.1);
  EXPECT_EQ(sink.events, std::vector<std::string>{"reconnected"});
}

TEST_F(SensirionDriver, AnotherSensorThanTheBenchFileSaysIsRefusedWithBothNames) {
  std::vector<SettingMistake> mistakes;
  const Descriptor& kind = *find_kind("sensirion_shdlc");
  const Settings other = check_settings(kind, {{"sensor", std::string("LG16-0430D")}}, mistakes);
  const auto wrong = kind.make_driver({"flow", *pair.rig, other, *executor});
  const auto opened = executor->run(wrong->open());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kRefused);
  EXPECT_NE(opened.error().text.find("LG16-0150D"), std::string::npos) << opened.error().text;
  EXPECT_NE(opened.error().text.find("LG16-0430D"), std::string::npos) << opened.error().text;
}

TEST_F(SensirionDriver, TheUncertaintyOfAVolumeGrowsWithTheZeroErrorOverTime) {
  const auto infos = channels_for(settings);
  const Uncertainty& volume = infos[kVolume].uncertainty;
  EXPECT_NEAR(volume.of_difference(1000, 1h), 50, 1e-9);          // 5 % of what passed
  EXPECT_NEAR(volume.of_difference(1, 24h), 0.021 * 1440, 1e-9);  // 0.3 % of 7 µL/min over a day
  EXPECT_NEAR(infos[kFlow].uncertainty.at(0.347), 0.021, 1e-12);
}

}  // namespace
}  // namespace pumprig::instruments::sensirion_shdlc
