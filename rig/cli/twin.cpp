// rig twin: the virtual bench on ptys, for programs that know nothing of it.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "rig/bench/bench.h"
#include "rig/cli/commands.h"
#include "rig/cli/signals.h"
#include "rig/session/request.h"
#include "rig/twin/ports/twin_on_ptys.h"

namespace pumprig::cli {
namespace {

struct TwinOptions {
  std::string directory;
  std::string speed = "1";
  std::string firmware = "host";
  std::string bench;
  std::uint64_t seed = 1;
};

Task<void> until_ended(exec::JoinHandle<void> twin) {
  auto ended = twin.join();
  co_return co_await ended;
}

Status run_twin(const TwinOptions& options) {
  // Behind ptys other programs set the pace, so there is no "max".
  const auto speed_read = session::parse_speed(options.speed);
  const double speed = speed_read.value_or(0);
  if (speed == 0) {
    return fail(ErrorCode::kInvalidArgument, "--speed is \"" + options.speed + "\"; it is a number above 0, scenario seconds per second");
  }
  const std::string spec = !options.bench.empty() ? options.bench : options.firmware == "arm" ? "virtual-arm" : "virtual";
  TRY_ASSIGN(const auto config, bench::load_bench(spec));
  if (!bench::is_virtual(config.kind)) {
    return fail(ErrorCode::kInvalidArgument, "a twin needs a virtual bench", spec);
  }
  bench::BenchOptions bench_options;
  bench_options.seed = options.seed;
  twin::TwinOnPtysConfig twin_config;
  twin_config.bench = bench::twin_config(config, bench_options);
  twin_config.directory = options.directory;
  twin_config.ready = [](const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  };
  const auto executor = exec::Executor::make_wall(speed);
  session::StopSwitch stop;
  const StopOnSignals signals(stop);
  auto twin = executor->spawn(twin::run_twin_on_ptys(std::move(twin_config), *executor));
  stop.attach([&](session::StopLevel) { executor->post([&twin] { twin.cancel(); }); });
  const auto ended = executor->run(until_ended(twin));
  stop.detach();
  if (!ended && ended.error().code != ErrorCode::kCancelled) return tl::unexpected<Error>(ended.error());
  return {};
}

}  // namespace

void add_twin(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<TwinOptions>();
  auto* command = app.add_subcommand("twin", "Put the virtual bench on ptys, one link an instrument, until Ctrl-C");
  command->footer("Exit codes: 0 ended by Ctrl-C, 2 it could not begin, or erred.");
  command
      ->add_option("--ptys", options->directory,
                   "folder for the links: DIR/NAME for each instrument, DIR/control for faults, speed and clock. One line of JSON on "
                   "stdout says when they are ready")
      ->required();
  command->add_option("--speed", options->speed, "scenario seconds per second")->capture_default_str();
  command->add_option("--firmware", options->firmware, "host: in this process; arm: the ARM image in QEMU")
      ->check(CLI::IsMember({"host", "arm"}))
      ->capture_default_str();
  command->add_option("--bench", options->bench, "file of a virtual bench [the default one]");
  command->add_option("--seed", options->seed, "of noise and errors of the instruments")->capture_default_str();
  command->callback([options, &outcome] {
    const auto ended = run_twin(*options);
    outcome.exit_code = ended ? kExitPass : complain(ended.error());
  });
}

}  // namespace pumprig::cli
