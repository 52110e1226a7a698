// What the plant costs: one day at 0.5 mL/day with the questions that two instruments ask.
#include <benchmark/benchmark.h>

#include "rig/twin/plant/plant.h"

namespace pumprig::twin {
namespace {

void day_of_therapy(benchmark::State& state) {
  for (auto _ : state) {
    auto plant = Plant::create(PlantConfig{}).value();
    double sum = 0;
    TimePoint next_step = at_ns(2'160'000'000);
    for (int second = 1; second <= 86'400; ++second) {
      const TimePoint t = at_ns(second * std::int64_t{1'000'000'000});
      for (; next_step <= t; next_step += Duration{2'160'000'000}) {
        plant->step(next_step);
        sum += plant->outlet_kpa(next_step);
      }
      sum += plant->metered_ul(t);
      sum += plant->metered_range_ul_per_min(t - Duration{1'000'000'000}, t).max;
      sum += plant->outlet_kpa(t);
    }
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(day_of_therapy)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pumprig::twin

BENCHMARK_MAIN();
