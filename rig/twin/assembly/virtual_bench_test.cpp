#include "rig/twin/assembly/virtual_bench.h"

#include <gtest/gtest.h>

#include "rig/clients/programmer.h"
#include "rig/clients/pump_session.h"
#include "rig/instruments/catalogue.h"

namespace pumprig::twin {
namespace {

using namespace std::chrono_literals;

const instruments::Descriptor& pump_only() {
  static const instruments::Descriptor descriptor{
      .kind = "pump_board", .summary = "the pump alone", .line = {}, .settings = {}, .channels = {}};
  return descriptor;
}

struct Rig {
  std::unique_ptr<exec::Executor> executor;
  std::unique_ptr<VirtualBench> bench;
  std::unique_ptr<link::Link> link;
  std::unique_ptr<clients::PumpSession> session;

  explicit Rig(VirtualBenchConfig config = {}, std::unique_ptr<exec::Executor> clock = exec::Executor::make_virtual())
      : executor(std::move(clock)) {
    config.instruments.push_back({"pump", &pump_only(), {}});
    auto made = VirtualBench::create(std::move(config), *executor);
    EXPECT_TRUE(made) << made.error().describe();
    bench = std::move(*made);
    link = std::move(*bench->take_link("pump"));
    session = std::make_unique<clients::PumpSession>(*link, clients::PumpSession::Options{});
    EXPECT_TRUE(bench->start());
  }
};

Task<double> deliver_for(Rig& rig, std::uint32_t rate_nl_per_day, Duration how_long) {
  CO_TRY(co_await rig.session->open());
  clients::Programmer programmer(*rig.session);
  CO_TRY(co_await programmer.refill(20'000'000));
  pumpfw::protocol::Program program;
  program.basal_rate_nl_per_day = rate_nl_per_day;
  CO_TRY(co_await programmer.program(program));
  CO_TRY(co_await programmer.start());
  CO_TRY_ASSIGN(const double before, co_await rig.bench->control().truth("displaced_ul"));
  CO_TRY(co_await rig.executor->sleep_for(how_long));
  CO_TRY_ASSIGN(const double after, co_await rig.bench->control().truth("displaced_ul"));
  CO_TRY(co_await programmer.stop());
  CO_TRY(rig.bench->health());
  co_return after - before;
}

Task<double> deliver_and_end(Rig& rig, std::uint32_t rate_nl_per_day, Duration how_long) {
  CO_TRY_ASSIGN(const double delivered, co_await deliver_for(rig, rate_nl_per_day, how_long));
  CO_TRY(co_await rig.bench->stop());
  co_return delivered;
}

// The pump's clock runs 20 ppm fast, and so does what it delivers; a step is 12.5 nL.
TEST(VirtualBench, TheFirmwareDeliversWhatItWasProgrammedOnItsOwnClock) {
  for (const std::uint32_t rate : {48'000U, 500'000U, 24'000'000U}) {
    Rig rig;
    const auto delivered = rig.executor->run(deliver_and_end(rig, rate, 12h));
    ASSERT_TRUE(delivered) << delivered.error().describe();
    const double expected = rate * 0.5e-3 * (1 + 20e-6);
    // Up to two steps at the edges, each between 0.4 and 1.1 of its nominal 12.5 nL, and the roller notch where the time ends.
    EXPECT_NEAR(*delivered, expected, 0.0125 * 2 + 4.0 * 0.13) << rate;
  }
}

Task<double> deliver_by_a_clock(Rig& rig, std::string real_time_clock, std::string processor) {
  CO_TRY_ASSIGN(const double beside, co_await deliver_for(rig, 500'000, 1min));
  EXPECT_LT(beside, 1);
  FaultParameters errors{{"real_time_clock", std::move(real_time_clock)}, {"processor", std::move(processor)}};
  clients::Programmer programmer(*rig.session);
  CO_TRY(co_await programmer.start());
  CO_TRY(co_await rig.bench->control().inject("clock_rate", std::move(errors)));
  CO_TRY_ASSIGN(const double before, co_await rig.bench->control().truth("displaced_ul"));
  CO_TRY(co_await rig.executor->sleep_for(12h));
  CO_TRY_ASSIGN(const double after, co_await rig.bench->control().truth("displaced_ul"));
  CO_TRY(co_await rig.bench->stop());
  co_return after - before;
}

// What is delivered goes by the processor; the chip of the calendar has no say in it. By a firmware that does not hold them against each
// other: the one that does has halted long before.
TEST(VirtualBench, AClockThatRunsOffTakesTheDeliveryAlongOnlyWhereStepsAreTimedByIt) {
  for (const auto& [real_time_clock, processor, factor] :
       {std::tuple{"10 %", "0 %", 1.0}, {"-10 %", "0 %", 1.0}, {"0 %", "10 %", 1.1}, {"0 %", "-10 %", 0.9}}) {
    VirtualBenchConfig config;
    config.firmware_mutant = "clocks_unguarded";
    Rig rig(std::move(config));
    const auto delivered = rig.executor->run(deliver_by_a_clock(rig, real_time_clock, processor));
    ASSERT_TRUE(delivered) << delivered.error().describe();
    EXPECT_NEAR(*delivered, 250 * factor, 0.0125 * 2 + 4.0 * 0.13) << real_time_clock << " " << processor;
  }
}

Task<double> wait_over_a_dip(Rig& rig, std::string width) {
  CO_TRY(co_await rig.session->open());
  CO_TRY(co_await rig.executor->sleep_for(1min));
  FaultParameters parameters{{"width", std::move(width)}};
  CO_TRY(co_await rig.bench->control().inject("supply_dip", std::move(parameters)));
  CO_TRY(co_await rig.executor->sleep_for(1min));
  CO_TRY(co_await rig.bench->stop());
  co_return rig.bench->health() ? 0.0 : 1.0;
}

struct CountedResets : BoardEvents {
  int resets = 0;
  void board_event(TimePoint, std::string_view kind, std::string_view) override { resets += kind == "reset" ? 1 : 0; }
};

TEST(VirtualBench, TheBoardBridgesAMillisecondWithoutItsSupply) {
  for (const auto& [width, resets] : {std::pair{"10 us", 0}, {"100 us", 0}, {"1 ms", 0}, {"1.01 ms", 1}, {"10 ms", 1}}) {
    Rig rig;
    CountedResets seen;
    rig.bench->set_board_events(&seen);
    ASSERT_TRUE(rig.executor->run(wait_over_a_dip(rig, width)));
    EXPECT_EQ(seen.resets, resets) << width;
  }
}

Task<double> deliver_with_occlusion(Rig& rig) {
  CO_TRY(co_await rig.session->open());
  clients::Programmer programmer(*rig.session);
  CO_TRY(co_await programmer.refill(20'000'000));
  pumpfw::protocol::Program program;
  program.basal_rate_nl_per_day = 24'000'000;
  CO_TRY(co_await programmer.program(program));
  CO_TRY(co_await programmer.start());
  CO_TRY(co_await rig.executor->sleep_for(10min));
  CO_TRY(co_await rig.bench->control().inject("occlusion", {}));
  CO_TRY(co_await rig.executor->sleep_for(5min));
  CO_TRY(co_await rig.bench->stop());
  co_return co_await rig.bench->control().truth("outlet_kpa");
}

TEST(VirtualBench, AnOcclusionStopsThePumpAtItsTrip) {
  Rig rig;
  const auto pressure = rig.executor->run(deliver_with_occlusion(rig));
  ASSERT_TRUE(pressure) << pressure.error().describe();
  EXPECT_GE(*pressure, 69.9);
  EXPECT_LE(*pressure, 77);
}

Task<int> millivolts_lost(Rig& rig) {
  CO_TRY(co_await rig.session->open());
  clients::Programmer programmer(*rig.session);
  CO_TRY_ASSIGN(const auto before, co_await programmer.status());
  FaultParameters parameters{{"drop", "10 %"}};
  Task<void> inject = rig.bench->control().inject("battery_drop", parameters);
  CO_TRY(co_await inject);
  CO_TRY(co_await rig.executor->sleep_for(2s));
  CO_TRY_ASSIGN(const auto after, co_await programmer.status());
  CO_TRY(co_await rig.bench->stop());
  EXPECT_EQ(before.fields.battery_mv, 3050);
  co_return int{before.fields.battery_mv} - int{after.fields.battery_mv};
}

TEST(VirtualBench, AnInterrogationShowsTheVoltageThatTheCellHasNow) {
  Rig rig;
  const auto lost = rig.executor->run(millivolts_lost(rig));
  ASSERT_TRUE(lost) << lost.error().describe();
  EXPECT_EQ(*lost, 320);
}

struct Counting final : instruments::SampleSink {
  void sample(std::size_t, const Sample& sample) override {
    ++samples;
    if (sample.flags != kSampleValid) ++flagged;
  }
  void event(TimePoint, std::string_view, std::string_view) override { ++events; }
  std::size_t samples = 0;
  std::size_t flagged = 0;
  std::size_t events = 0;
};

// The pump turns at its fastest and the witness tells each edge, then is asked to stop.
Task<void> witness_a_fast_pump(Rig& rig, instruments::Instrument& witness, Counting& seen) {
  CO_TRY(rig.bench->health());
  CO_TRY(co_await witness.open());
  auto streaming = rig.executor->spawn(witness.stream(seen));
  CO_TRY(co_await deliver_for(rig, 24'000'000, 5min));
  streaming.cancel();
  const Status ended = co_await streaming.join();
  EXPECT_EQ(ended.error().code, ErrorCode::kCancelled);
  CO_TRY(co_await witness.close());
  co_return co_await rig.bench->stop();
}

TEST(VirtualBench, AtAHighSpeedTheWitnessTellsEveryStepAndStillAnswers) {
  const instruments::Descriptor& kind = *instruments::find_kind("witness");
  std::vector<instruments::SettingMistake> mistakes;
  const instruments::Settings settings = instruments::check_settings(kind, {}, mistakes);
  VirtualBenchConfig config;
  config.instruments.push_back({"witness", &kind, settings});
  Rig rig(std::move(config), exec::Executor::make_wall(200));
  const auto link = std::move(*rig.bench->take_link("witness"));
  const auto witness = kind.make_driver({"witness", *link, settings, *rig.executor});
  Counting seen;
  const Status closed = rig.executor->run(witness_a_fast_pump(rig, *witness, seen));
  ASSERT_TRUE(closed) << closed.error().describe();
  EXPECT_GE(seen.samples, 2U * 22 * 290);  // steps and rotor counts
  EXPECT_EQ(seen.flagged, 0U);
  EXPECT_EQ(seen.events, 0U);
}

Task<double> truth_of(Rig& rig, std::string name) {
  Task<double> work = rig.bench->control().truth(std::move(name));
  co_return co_await work;
}

// 10 mg/mL in the path, 20 mg/mL filled in, 5 mg a day wanted: at 0.5 mL/day, what comes out is still the old.
Task<void> change_concentration(Rig& rig) {
  DrugContent old{"morphine", 10, DrugContent::Where::kEverywhere};
  Task<void> first = rig.bench->control().set_drug(old);
  CO_TRY(co_await first);
  DrugContent fresh{"morphine", 20, DrugContent::Where::kReservoir};
  Task<void> second = rig.bench->control().set_drug(fresh);
  CO_TRY(co_await second);
  CO_TRY_ASSIGN(const double delivered, co_await deliver_for(rig, 500'000, 12h));
  CO_TRY_ASSIGN(const double dose, co_await truth_of(rig, "tip_dose_a_ug"));
  EXPECT_NEAR(dose, 10 * delivered, 0.01 * 10 * delivered);
  CO_TRY_ASSIGN(const double more, co_await deliver_for(rig, 500'000, 12h));
  CO_TRY_ASSIGN(const double after, co_await truth_of(rig, "tip_dose_a_ug"));
  // The path holds 375 uL: the old until then, the new from then on.
  EXPECT_NEAR(after, 10 * 375 + 20 * (delivered + more - 375), 60);
  DrugContent other{"ziconotide", 0.025, DrugContent::Where::kReservoir};
  Task<void> third = rig.bench->control().set_drug(other);
  CO_TRY(co_await third);
  CO_TRY_ASSIGN(const double none, co_await truth_of(rig, "tip_dose_b_ug"));
  EXPECT_EQ(none, 0);
  DrugContent too_many{"baclofen", 0.5, DrugContent::Where::kReservoir};
  Task<void> fourth = rig.bench->control().set_drug(too_many);
  const Status refused = co_await fourth;
  if (refused) co_return fail(ErrorCode::kInternal, "a third drug was taken");
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(refused.error().text.find("morphine and ziconotide"), std::string::npos);
  co_return co_await rig.bench->stop();
}

TEST(VirtualBench, ARefillReachesTheTipWhenTheOldDrugHasLeftTubeAndCatheter) {
  Rig rig;
  const Status done = rig.executor->run(change_concentration(rig));
  ASSERT_TRUE(done) << done.error().describe();
}

TEST(VirtualBench, AnUnknownPlantedDefectAndAnUnknownTruthNameWhatThereIs) {
  auto executor = exec::Executor::make_virtual();
  VirtualBenchConfig config;
  config.instruments.push_back({"pump", &pump_only(), {}});
  config.firmware_mutant = "nonsense";
  const auto made = VirtualBench::create(config, *executor);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().text.find("rate_high"), std::string::npos);
  Rig rig;
  const auto truth = rig.executor->run(rig.bench->control().truth("nonsense"));
  ASSERT_FALSE(truth);
  EXPECT_NE(truth.error().text.find("reservoir_ul"), std::string::npos);
}

}  // namespace
}  // namespace pumprig::twin
