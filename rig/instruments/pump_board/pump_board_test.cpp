#include "rig/instruments/pump_board/pump_board.h"

#include <gmock/gmock.h>

#include "rig/clients/testing/client_fixture.h"
#include "rig/instruments/catalogue.h"

namespace pumprig::instruments::pump_board {
namespace {

using namespace std::chrono_literals;
using clients::testing::ScriptedPump;
using Mishap = ScriptedPump::Mishap;
using ::testing::HasSubstr;

struct Sink final : SampleSink {
  void sample(std::size_t channel, const Sample& sample) override { samples.emplace_back(channel, sample); }
  void event(TimePoint, std::string_view kind, std::string_view) override { events.emplace_back(kind); }
  std::vector<std::pair<std::size_t, Sample>> samples;
  std::vector<std::string> events;
};

class PumpBoardTest : public clients::testing::ClientTest {
 protected:
  PumpBoardTest() { reset_driver({}); }
  void reset_driver(const std::map<std::string, SettingValue, std::less<>>& given) {
    std::vector<SettingMistake> mistakes;
    const Descriptor* kind = find_kind("pump_board");
    settings = check_settings(*kind, given, mistakes);
    EXPECT_TRUE(mistakes.empty());
    const DriverContext context{"pump", *wire.rig, settings, *executor};
    board = kind->make_driver(context);
  }
  Status sample(std::vector<std::size_t> which) { return run(board->sample(which, sink)); }

  Settings settings;
  std::unique_ptr<Instrument> board;
  Sink sink;
};

TEST_F(PumpBoardTest, SaysWhoItIsAndThatNothingOfItIsEvidence) {
  const auto identity = run(board->open());
  ASSERT_TRUE(identity) << identity.error().describe();
  EXPECT_EQ(identity->model, "PR-20");
  EXPECT_EQ(identity->serial, "PB-0001");
  const auto channels = board->channels();
  ASSERT_EQ(channels.size(), static_cast<std::size_t>(kChannels));
  for (const ChannelInfo& channel : channels) EXPECT_FALSE(channel.evidence) << channel.name;
  EXPECT_EQ(channels[kOutletPressure].name, "pump.outlet_pressure");
  EXPECT_EQ(channels[kOutletPressure].unit, "kPa gauge");
}

TEST_F(PumpBoardTest, OneRequestGivesEveryChannelInItsUnitWithinTheRequest) {
  ASSERT_TRUE(run(board->open()));
  pump.status.basal_rate_nl_per_day = 500'000;
  pump.status.rate_now_nl_per_day = 500'000;
  pump.status.steps_total = 123'456'789;
  pump.status.reservoir_nl = 2'200'000;
  pump.status.outlet_pressure_pa = -1500;
  pump.status.battery_mv = 2950;
  pump.status.alarm_bits = 0x401;
  const std::size_t before = pump.requests.size();
  ASSERT_TRUE(sample({kState, kRate, kSteps, kReservoir, kOutletPressure, kBattery, kAlarms}));
  EXPECT_EQ(pump.requests.size(), before + 1);
  ASSERT_EQ(sink.samples.size(), 7U);
  const std::vector<double> wanted{1, 0.5, 123'456'789, 2200, -1.5, 2.95, 1025};
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_DOUBLE_EQ(sink.samples[i].second.value, wanted[i]);
  const Sample& one = sink.samples.front().second;
  EXPECT_LT(one.requested, one.t);
  EXPECT_LE(one.t, one.replied);
  EXPECT_LE(one.t, pump.departures.back());
}

// 20 mg/mL: 0.25 ug a step. What comes between two readings counts with the concentration of the first of them.
TEST_F(PumpBoardTest, TheDoseThatThePumpBelievesItGaveIsItsStepsTimesItsConcentration) {
  ASSERT_TRUE(run(board->open()));
  const auto read = [&](std::uint64_t steps, std::uint32_t mg_per_ml) {
    pump.status.steps_total = steps;
    pump.status.tube_concentration_ng_per_ml = mg_per_ml * 1'000'000;
    EXPECT_TRUE(sample({kDoseBelieved}));
    return sink.samples.back().second;
  };
  EXPECT_EQ(read(1'000, 20).value, 0);  // from the first reading on
  EXPECT_DOUBLE_EQ(read(1'400, 20).value, 100);
  EXPECT_DOUBLE_EQ(read(1'440, 10).value, 110);  // a bridge ended in between
  EXPECT_DOUBLE_EQ(read(1'520, 10).value, 120);
  EXPECT_DOUBLE_EQ(read(1'480, 10).value, 115);  // steps that a reset has lost
  EXPECT_TRUE(sink.samples.back().second.valid());
  EXPECT_FALSE(board->channels()[kDoseBelieved].evidence);
  EXPECT_THAT(board->channels()[kDoseBelieved].source, HasSubstr("believes it gave"));
}

TEST_F(PumpBoardTest, WithoutAStatedConcentrationNoDoseIsKnownFromTheFirstStepOn) {
  ASSERT_TRUE(run(board->open()));
  pump.status.tube_concentration_ng_per_ml = 0;
  ASSERT_TRUE(sample({kDoseBelieved}));
  EXPECT_TRUE(sink.samples.back().second.valid());
  pump.status.steps_total += 10;
  ASSERT_TRUE(sample({kDoseBelieved, kSteps}));
  EXPECT_FALSE(sink.samples[1].second.valid());
  EXPECT_TRUE(sink.samples[2].second.valid());
}

TEST_F(PumpBoardTest, LostRoundGivesNoSampleAndMarksTheGapOnTheNext) {
  ASSERT_TRUE(run(board->open()));
  pump.plans.assign(5, {Mishap::kLoseReply, {}});
  EXPECT_FALSE(sample({kSteps}));
  EXPECT_TRUE(sink.samples.empty());
  ASSERT_TRUE(sample({kSteps}));
  EXPECT_TRUE(sink.samples.back().second.gap_before());
  ASSERT_TRUE(sample({kSteps}));
  EXPECT_FALSE(sink.samples.back().second.gap_before());
}

TEST_F(PumpBoardTest, ResetOfThePumpIsAnEvent) {
  ASSERT_TRUE(run(board->open()));
  (void)run([](exec::Executor& ex) -> Task<void> { co_return co_await ex.sleep_for(10s); }(*executor));
  ASSERT_TRUE(sample({kSteps}));
  EXPECT_TRUE(sink.events.empty());
  pump.restart();
  ASSERT_TRUE(sample({kSteps}));
  EXPECT_EQ(sink.events, std::vector<std::string>{"restarted"});
}

TEST_F(PumpBoardTest, PluggedInAgainItComesBackAndAnotherPumpDoesNot) {
  ASSERT_TRUE(run(board->open()));
  wire.plug.pull();
  EXPECT_FALSE(sample({kSteps}));
  EXPECT_FALSE(sample({kSteps}));
  wire.plug.insert();
  ASSERT_TRUE(sample({kSteps}));
  EXPECT_EQ(sink.events, std::vector<std::string>{"reconnected"});
  EXPECT_TRUE(sink.samples.back().second.gap_before());
  wire.plug.pull();
  EXPECT_FALSE(sample({kSteps}));
  pump.identity.board_serial = "PB-0002";
  wire.plug.insert();
  const Status other = sample({kSteps});
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().text, HasSubstr("PB-0002 instead of PB-0001"));
}

TEST_F(PumpBoardTest, OtherBoardThanTheBenchFileSaysIsRefused) {
  reset_driver({{"serial", std::string("PB-0007")}});
  const auto identity = run(board->open());
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().code, ErrorCode::kRefused);
  EXPECT_THAT(identity.error().text, HasSubstr("PB-0001, the bench file says PB-0007"));
}

}  // namespace
}  // namespace pumprig::instruments::pump_board
