// What it costs to record one day of basal_accuracy: two meters at 1 Hz, 40,000 edges of the witness, the bytes of two links.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "rig/base/rng.h"
#include "rig/record/writer.h"

namespace {

using namespace pumprig;
using namespace pumprig::record;

struct Day {
  std::vector<double> flow, pressure;
  std::vector<std::int64_t> edges;
  std::vector<std::uint8_t> noise;

  Day() {
    Rng rng(7);
    for (int i = 0; i < 86400; ++i) {
      flow.push_back(static_cast<double>(static_cast<std::int64_t>(4.5 + 3 * rng.normal())) / 13.0);
      pressure.push_back(static_cast<double>(static_cast<float>(3.2 + 0.02 * rng.normal())));
    }
    for (int i = 0; i < 40000; ++i) edges.push_back(static_cast<std::int64_t>(2.16e9 * (i + 0.01 * rng.uniform())));
    for (int i = 0; i < 1 << 16; ++i) noise.push_back(static_cast<std::uint8_t>(rng.next()));
  }
};

void fill(RunWriter& writer, const Day& day) {
  const ChannelInfo flow_info{"flow.flow", "uL/min", "flow", "bench", SampleKind::kMean, {0.1, 0.05}, true, ClockName::kRig, 1.0 / 13.0};
  const auto flow = *writer.add_channel(flow_info);
  const auto pressure = *writer.add_channel({"pressure.pressure", "kPa gauge", "pressure", "bench", SampleKind::kPoint, {0.1, 0}, true});
  const auto steps = *writer.add_channel({"witness.steps", "1", "witness", "bench", SampleKind::kPoint, {0, 0}, true});
  const auto flow_link = *writer.add_link("flow");
  const auto pressure_link = *writer.add_link("pressure");
  std::vector<std::uint8_t> frame(40);
  std::size_t edge = 0;
  for (std::size_t i = 0; i < 86400; ++i) {
    const auto now = at_ns(static_cast<std::int64_t>(i) * 1'000'000'000);
    for (; edge < day.edges.size() && day.edges[edge] <= to_ns(now); ++edge) {
      writer.push(steps, Sample::point(at_ns(day.edges[edge]), static_cast<double>(edge)));
    }
    for (const auto link : {flow_link, pressure_link}) {  // 46 bytes an exchange: 8 MB a day
      writer.push(link, Direction::kSent, now, ByteView(frame).first(8));
      frame[20] = day.noise[i & 0xFFFF];
      frame[21] = day.noise[(i * 7) & 0xFFFF];
      frame[39] = static_cast<std::uint8_t>(frame[20] + frame[21]);
      writer.push(link, Direction::kReceived, now + std::chrono::milliseconds(3), ByteView(frame).first(38));
    }
    const auto replied = now + std::chrono::milliseconds(3);
    writer.push(flow, {now + std::chrono::milliseconds(2), std::chrono::milliseconds(1000), day.flow[i], now, replied, kSampleValid});
    writer.push(pressure, {now + std::chrono::milliseconds(2), Duration{0}, day.pressure[i], now, replied, kSampleValid});
  }
}

void record_a_day(benchmark::State& state) {
  const Day day;
  const auto path = std::filesystem::temp_directory_path() / ("record_bench_" + std::to_string(getpid()) + ".pumprun");
  double size = 0;
  for (auto _ : state) {
    RunInfo info(BenchKind::kVirtual);
    auto writer = RunWriter::create(path, info);
    fill(*writer, day);
    if (!writer->finish({})) state.SkipWithError("the store failed");
    state.PauseTiming();
    size = static_cast<double>(std::filesystem::file_size(path));
    std::filesystem::remove(path);
    state.ResumeTiming();
  }
  state.counters["file_MB"] = size / 1e6;
}
BENCHMARK(record_a_day)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
