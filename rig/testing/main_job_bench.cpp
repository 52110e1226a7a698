// The main job (24 h of basal_accuracy: firmware, codecs, capture, store, verdicts) beside the bare loop that does only codecs and plant.
// Counter "real_time" of each: scenario seconds per second of CPU.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "rig/exec/executor.h"
#include "rig/instruments/catalogue.h"
#include "rig/link/memory/memory_link.h"
#include "rig/session/local_runner.h"
#include "rig/twin/plant/plant.h"

namespace pumprig {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr double kDay_s = 86'400;

class PlantAlone final : public instruments::World {
 public:
  PlantAlone() : plant_(std::move(*twin::Plant::create({}))) {}
  twin::Plant& plant() { return *plant_; }
  double metered_volume_ul(TimePoint t) override { return plant_->metered_ul(t); }
  double metered_flow_ul_per_min(TimePoint t) override { return plant_->metered_ul_per_min(t); }
  instruments::Extremes metered_flow_extremes(TimePoint from, TimePoint to) override {
    const auto range = plant_->metered_range_ul_per_min(from, to);
    return {range.min, range.max};
  }
  double outlet_pressure_kpa(TimePoint t) override { return plant_->outlet_kpa(t); }
  double ambient_pressure_kpa_absolute(TimePoint) override { return plant_->ambient_kpa_absolute(); }
  double fluid_temperature_c(TimePoint) override { return plant_->temperature_c(); }
  instruments::Tip tip(TimePoint t) override {
    return {plant_->delivered_ul(t), plant_->tip_dose_ug(t), plant_->tip_concentration(t), plant_->tip_kpa(t)};
  }
  void add_edge_listener(instruments::EdgeListener&) override {}
  void remove_edge_listener(instruments::EdgeListener&) override {}

 private:
  std::unique_ptr<twin::Plant> plant_;
};

class Count final : public instruments::SampleSink {
 public:
  void sample(std::size_t, const Sample& sample) override {
    ++samples;
    benchmark::DoNotOptimize(sample.value);
  }
  void event(TimePoint, std::string_view, std::string_view) override {}
  std::size_t samples = 0;
};

struct Meter {
  instruments::Settings settings;
  link::MemoryPair pair;
  std::unique_ptr<instruments::VirtualInstrument> device;
  std::unique_ptr<instruments::Instrument> driver;

  Meter(std::string_view kind, const std::map<std::string, instruments::SettingValue, std::less<>>& given, PlantAlone& world,
        exec::Executor& executor) {
    const auto& descriptor = *instruments::find_kind(kind);
    std::vector<instruments::SettingMistake> mistakes;
    settings = instruments::check_settings(descriptor, given, mistakes);
    pair = link::make_memory_pair(executor, {.name = std::string(kind), .baud = descriptor.line.baud});
    device = descriptor.make_virtual({"meter", *pair.device, world, settings, executor, 1});
    driver = descriptor.make_driver({"meter", *pair.rig, settings, executor});
  }
};

Task<void> sample_for_a_day(exec::Executor& executor, Meter& meter, Count& count) {
  CO_TRY(co_await meter.driver->open());
  const std::array<std::size_t, 1> first{0};
  for (TimePoint next = kRunStart + 1s; next <= kRunStart + 24h; next += 1s) {
    CO_TRY(co_await executor.sleep_until(next));
    CO_TRY(co_await meter.driver->sample(first, count));
  }
  co_return Status{};
}

Task<void> step_for_a_day(exec::Executor& executor, twin::Plant& plant) {
  for (TimePoint next = kRunStart + 2160ms; next <= kRunStart + 24h; next += 2160ms) {
    CO_TRY(co_await executor.sleep_until(next));
    plant.step(executor.now());
  }
  co_return Status{};
}

Task<void> bare_day(exec::Executor& executor, PlantAlone& world, Count& count) {
  Meter flow("sensirion_shdlc", {{"sensor", std::string("LG16-0150D")}}, world, executor);
  Meter pressure("keller", {}, world, executor);
  exec::CancelScope devices;
  auto a = executor.spawn(flow.device->serve(), &devices);
  auto b = executor.spawn(pressure.device->serve(), &devices);
  auto c = executor.spawn(step_for_a_day(executor, world.plant()));
  auto d = executor.spawn(sample_for_a_day(executor, flow, count));
  CO_TRY(co_await sample_for_a_day(executor, pressure, count));
  CO_TRY(co_await d.join());
  CO_TRY(co_await c.join());
  devices.cancel();
  static_cast<void>(co_await a.join());
  static_cast<void>(co_await b.join());
  co_return Status{};
}

void bm_bare_loop(benchmark::State& state) {
  for (auto _ : state) {
    auto executor = exec::Executor::make_virtual();
    PlantAlone world;
    Count count;
    const auto done = executor->run(bare_day(*executor, world, count));
    if (!done || count.samples < 172'800) state.SkipWithError("the bare loop did not do its work");
  }
  state.counters["real_time"] = benchmark::Counter(kDay_s * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(bm_bare_loop)->Unit(benchmark::kMillisecond);

void bm_main_job(benchmark::State& state) {
  const fs::path out = fs::temp_directory_path() / ("pumprig-bench-" + std::to_string(::getpid()));
  session::RunRequest request;
  request.scenario = "basal_accuracy";
  request.out = out.string();
  for (auto _ : state) {
    session::RunObserver nobody;
    session::StopSwitch stop;
    const auto report = session::make_local_runner()->run(request, nobody, stop);
    if (!report || report->verdict != Verdict::kPass) state.SkipWithError("basal_accuracy did not pass");
  }
  state.counters["real_time"] = benchmark::Counter(kDay_s * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  fs::remove_all(out);
}
// The process's CPU time: run thread and writer thread, as under taskset -c 0.
BENCHMARK(bm_main_job)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

}  // namespace
}  // namespace pumprig

BENCHMARK_MAIN();
