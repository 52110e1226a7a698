#include "rig/bench/bench.h"

#include <gtest/gtest.h>

#include "rig/clients/programmer.h"
#include "rig/clients/pump_session.h"

namespace pumprig::bench {
namespace {

using namespace std::chrono_literals;

struct Opened {
  std::unique_ptr<exec::Executor> executor = exec::Executor::make_virtual();
  std::unique_ptr<Bench> bench;

  Opened() {
    auto made = Bench::create(*load_bench("virtual"), *executor, {.seed = 3});
    EXPECT_TRUE(made) << made.error().describe();
    bench = std::move(*made);
  }
};

class Samples final : public instruments::SampleSink {
 public:
  void sample(std::size_t channel, const Sample& sample) override { all.emplace_back(channel, sample); }
  void event(TimePoint, std::string_view kind, std::string_view text) override {
    events.push_back(std::string(kind) + ": " + std::string(text));
  }
  std::vector<std::pair<std::size_t, Sample>> all;
  std::vector<std::string> events;
};

class Capture final : public BenchCapture {
 public:
  void captured(std::size_t member, link::Direction, TimePoint, ByteView bytes) override { bytes_of[member] += bytes.size(); }
  std::map<std::size_t, std::size_t> bytes_of;
};

Task<void> therapy_then_safe_state(Bench& bench, Samples& flow) {
  CO_TRY(co_await bench.open());
  clients::Programmer programmer(bench.pump());
  CO_TRY(co_await programmer.refill(20'000'000));
  pumpfw::protocol::Program program;
  program.basal_rate_nl_per_day = 1'000'000;
  CO_TRY(co_await programmer.program(program));
  CO_TRY(co_await programmer.start());
  CO_TRY(co_await bench.executor().sleep_for(30min));
  const std::array<std::size_t, 2> channels{0, 1};
  const auto at = bench.find_channel("flow.flow");
  CO_TRY(co_await bench.members()[at->instrument].driver->sample(channels, flow));
  CO_TRY(co_await bench.to_safe_state());
  CO_TRY_ASSIGN(const auto status, co_await programmer.status());
  EXPECT_EQ(status.fields.therapy_state, pumpfw::protocol::TherapyState::kStopped);
  CO_TRY(bench.health());
  co_return co_await bench.close();
}

TEST(Bench, OpensEveryInstrumentMeasuresTheFlowAndEndsInTheSafeState) {
  Opened opened;
  Capture capture;
  Samples flow;
  opened.bench->set_capture(&capture);
  const auto outcome = opened.executor->run(therapy_then_safe_state(*opened.bench, flow));
  ASSERT_TRUE(outcome) << outcome.error().describe();
  EXPECT_EQ(capture.bytes_of.size(), 6U);
  ASSERT_FALSE(flow.all.empty());
  EXPECT_NEAR(flow.all.front().second.value, 0.694, 0.694 * 0.15);  // 1 mL/day; the meter's accuracy and the rollers' ripple
  EXPECT_EQ(opened.executor->live_tasks(), 0U);
}

TEST(Bench, ChannelsAndRangesAreKnownBeforeAnythingIsOpened) {
  Opened opened;
  ASSERT_TRUE(opened.bench->find_channel("flow.flow"));
  ASSERT_TRUE(opened.bench->find_channel("witness.step"));
  EXPECT_FALSE(opened.bench->find_channel("flow.nonsense"));
  const auto range = opened.bench->range("flow.flow");
  ASSERT_TRUE(range);
  EXPECT_GT(range->max, 5);
  EXPECT_LT(range->max, 9);
  EXPECT_TRUE(opened.bench->capabilities().contains("faults"));
}

}  // namespace
}  // namespace pumprig::bench
