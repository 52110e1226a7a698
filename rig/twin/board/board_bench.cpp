// How fast a day of therapy at 0.5 mL/day runs on each board, with nothing around the board but a chip and a rotor.
#include <benchmark/benchmark.h>

#include "rig/twin/board/board_scene.h"
#include "rig/twin/board/host_board.h"
#include "rig/twin/board/qemu_board.h"

namespace pumprig::twin {
namespace {

constexpr double kDay_s = 86'400;

void run_day(benchmark::State& state, BoardPort& board) {
  std::uint64_t wakes = 0;
  for (auto _ : state) {
    BoardScene::Config config;
    config.disturbed = false;
    config.keep_trace = false;
    config.duration = static_cast<Tick>(kDay_s) * pumpfw::hal::kTicksPerSecond;
    BoardScene scene(board, config);
    if (const auto ran = scene.run(); !ran) return state.SkipWithError(ran.error().describe().c_str());
    wakes += scene.wakes();
  }
  state.counters["wakes_per_s"] = benchmark::Counter(static_cast<double>(wakes), benchmark::Counter::kIsRate);
  state.counters["times_real_time"] = benchmark::Counter(kDay_s * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void day_on_the_host(benchmark::State& state) {
  const auto board = make_host_board({});
  run_day(state, *board);
}
BENCHMARK(day_on_the_host)->Unit(benchmark::kMillisecond)->UseRealTime();

void day_in_qemu(benchmark::State& state) {
  QemuBoardConfig config;
  const auto image = find_arm_image();
  if (!image) return state.SkipWithError(image.error().describe().c_str());
  config.image = *image;
  const auto board = make_qemu_board(config);
  if (!board) return state.SkipWithError(board.error().describe().c_str());
  run_day(state, **board);
}
BENCHMARK(day_in_qemu)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

}  // namespace
}  // namespace pumprig::twin

BENCHMARK_MAIN();
