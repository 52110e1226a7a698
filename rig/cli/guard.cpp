// rig guard: the process that a run on a real link leaves behind for the case that it dies. Started by the rig itself.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "rig/cli/commands.h"
#include "rig/session/guard.h"

namespace pumprig::cli {
namespace {

struct GuardOptions {
  std::string bench;
  std::string run;
  int process = 0;
};

}  // namespace

void add_guard(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<GuardOptions>();
  auto* command = app.add_subcommand("guard", "Wait for the end of a process, then bring the pump of its bench to the safe state");
  command->group("");  // not for people
  command->add_option("--bench", options->bench)->required();
  command->add_option("--run", options->run)->required();
  command->add_option("--process", options->process)->required();
  command->callback([options, &outcome] {
    const auto kept = session::keep_guard(options->bench, options->run, options->process);
    outcome.exit_code = kept ? kExitPass : complain(kept.error());
    if (kept && *kept) {
      std::fprintf(stderr, "rig: the process that ran %s ended before its run did; the pump stands in its safe state, read back\n",
                   options->run.c_str());
    }
  });
}

}  // namespace pumprig::cli
