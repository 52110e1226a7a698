// What the contract test does not know of this kind. Against the virtual device, and against one whose answers are written here.
#include "docs/examples/first_instrument/driver.h"

#include <gmock/gmock.h>

#include "docs/examples/first_instrument/codec.h"
#include "docs/examples/run_scenario.h"
#include "rig/instruments/catalogue.h"
#include "rig/instruments/support/plain_world.h"
#include "rig/link/memory/memory_link.h"

namespace pumprig::instruments::thermometer {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct Sink final : SampleSink {
  void sample(std::size_t, const Sample& sample) override { samples.push_back(sample); }
  void event(TimePoint, std::string_view kind, std::string_view) override { events.emplace_back(kind); }
  std::vector<Sample> samples;
  std::vector<std::string> events;
};

class ThermometerDriver : public ::testing::Test {
 protected:
  ThermometerDriver() { make({}); }
  ~ThermometerDriver() override { serving.cancel(); }

  void make(const std::map<std::string, SettingValue, std::less<>>& given) {
    std::vector<SettingMistake> mistakes;
    settings = check_settings(kind, given, mistakes);
    EXPECT_TRUE(mistakes.empty());
    driver = kind.make_driver({"room", *pair.rig, settings, *executor});
  }
  void serve_virtual() {
    far = kind.make_virtual({"room", *pair.device, world, settings, *executor, 5});
    serving = executor->spawn(far->serve());
  }
  // Answers every request with the next of these lines; the checksum is put behind each.
  void serve_lines(std::vector<std::string> lines) { serving = executor->spawn(play(pair.device.get(), std::move(lines))); }
  static Task<void> play(link::Link* device, std::vector<std::string> lines) {
    std::array<std::uint8_t, 64> request{};
    Bytes answer;
    for (const std::string& line : lines) {
      CO_TRY(co_await device->read_some(request, kNever));
      encode_answer(line.substr(0, line.find(' ')), line.substr(line.find(' ') + 1), answer);
      CO_TRY(co_await device->write_all(answer, kNever));
    }
    co_return Status{};
  }
  Status sample() { return executor->run(driver->sample(channels, sink)); }

  const Descriptor& kind = *find_kind("thermometer");
  std::unique_ptr<exec::Executor> executor = exec::Executor::make_virtual();
  PlainWorld world;
  link::MemoryPair pair = link::make_memory_pair(*executor, {.baud = kBaud});
  Settings settings;
  std::unique_ptr<VirtualInstrument> far;
  std::unique_ptr<Instrument> driver;
  exec::JoinHandle<void> serving;
  Sink sink;
  const std::vector<std::size_t> channels{0};
};

TEST_F(ThermometerDriver, ReadsTheVirtualOneWithinItsAccuracy) {
  serve_virtual();
  const auto identity = executor->run(driver->open());
  ASSERT_TRUE(identity) << identity.error().describe();
  EXPECT_EQ(identity->maker, "NORTHLAKE");
  EXPECT_EQ(identity->model, "T200");
  for (const double celsius : {-12.5, 0.0, 37.0}) {
    world.temperature_c = celsius;
    ASSERT_TRUE(sample());
    EXPECT_NEAR(sink.samples.back().value, celsius, 0.2);
    EXPECT_FALSE(sink.samples.back().saturated());
  }
}

TEST_F(ThermometerDriver, BeyondItsRangeTheSampleIsSaturated) {
  serve_virtual();
  ASSERT_TRUE(executor->run(driver->open()));
  world.temperature_c = 95;
  ASSERT_TRUE(sample());
  EXPECT_EQ(sink.samples.back().value, 80);
  EXPECT_TRUE(sink.samples.back().saturated());
}

TEST_F(ThermometerDriver, AProbeThatIsPulledGivesNoSampleAndAGapAfterwards) {
  serve_lines({"ID NORTHLAKE,T200,004711,1.3", "T +21.84", "T OPEN", "T -3.10", "T -3.20"});
  ASSERT_TRUE(executor->run(driver->open()));
  ASSERT_TRUE(sample());
  const Status pulled = sample();
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(sink.samples.size(), 1U);
  ASSERT_TRUE(sample());
  EXPECT_DOUBLE_EQ(sink.samples.back().value, -3.1);
  EXPECT_TRUE(sink.samples.back().gap_before());
  ASSERT_TRUE(sample());
  EXPECT_FALSE(sink.samples.back().gap_before());
  EXPECT_TRUE(sink.events.empty());
}

TEST_F(ThermometerDriver, WhatIsNoTemperatureIsAnErrorAndNeverAValue) {
  const std::vector<std::string> wrong{"21.84", "+", "+2x.84", "+inf", "-nan", "++2.00", "+1e2", ""};
  std::vector<std::string> lines{"ID NORTHLAKE,T200,004711,1.3"};
  for (const auto& text : wrong) lines.push_back("T " + text);
  serve_lines(std::move(lines));
  ASSERT_TRUE(executor->run(driver->open()));
  for (const auto& text : wrong) {
    const Status sampled = sample();
    ASSERT_FALSE(sampled) << text;
    EXPECT_EQ(sampled.error().code, ErrorCode::kProtocol) << text;
  }
  EXPECT_TRUE(sink.samples.empty());
}

TEST_F(ThermometerDriver, AnotherSerialNumberThanTheBenchFileSaysIsRefusedWithBoth) {
  make({{"serial", std::string("004712")}});
  serve_lines({"ID NORTHLAKE,T200,004711,1.3"});
  const auto opened = executor->run(driver->open());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kRefused);
  EXPECT_THAT(opened.error().text, HasSubstr("004711, expected is 004712"));
}

TEST_F(ThermometerDriver, TheVirtualOneRefusesWhatItDoesNotKnow) {
  serve_virtual();
  ASSERT_TRUE(pair.rig->try_write(Bytes{'H', 'U', 'H', '\r'}));
  std::array<std::uint8_t, 64> answer{};
  const auto got = executor->run(pair.rig->read_some(answer, executor->now() + 1s));
  ASSERT_TRUE(got);
  EXPECT_EQ(std::string(answer.begin(), answer.begin() + static_cast<std::ptrdiff_t>(*got)), "ERR COMMAND*08\r");
}

TEST(ThermometerOnABench, AScenarioJudgesItsChannel) {
  const auto report = examples::run_scenario("first_instrument/room.json", "first_instrument/bench.json");
  ASSERT_TRUE(report) << report.error().describe();
  ASSERT_EQ(report->checks.size(), 1U) << report->reason;
  const auto& check = report->checks.front();
  EXPECT_EQ(check.id, "room_temperature");
  EXPECT_EQ(check.verdict, Verdict::kPass) << check.reason;
  EXPECT_NEAR(check.value.value_or(0), 23, 0.2);  // the fluid of bench.json
  EXPECT_EQ(check.channel, "room.temperature");
}

}  // namespace
}  // namespace pumprig::instruments::thermometer
