// rig abort: stops a run of this machine, whoever runs it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "rig/cli/commands.h"
#include "rig/cli/daemon_client.h"
#include "rig/cli/run_lookup.h"
#include "rig/session/abort_door.h"

namespace pumprig::cli {
namespace {

struct AbortOptions {
  std::string run;
  RunLookup lookup;
  std::string socket;
  bool now = false;
};

Status abort_run(const AbortOptions& options) {
  if (const auto socket = socket_from(options.socket); !socket.empty()) {
    const auto asked = DaemonClient(socket).call("run.abort", nlohmann::json{{"run", options.run}, {"now", options.now}}.dump());
    // A run that rigd does not know may be one of another process.
    if (asked || asked.error().code != ErrorCode::kNotFound) return asked ? Status() : tl::unexpected<Error>(asked.error());
  }
  TRY_ASSIGN(const auto file, options.lookup.find(options.run));
  return session::knock(file, options.now ? session::StopLevel::kNow : session::StopLevel::kAbort);
}

}  // namespace

void add_abort(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<AbortOptions>();
  auto* command = app.add_subcommand("abort", "Ask a run that is at work to stop: it ends in the safe state and is kept as aborted");
  command->add_option("RUN", options->run, std::string(kRunHelp) + "; of a rigd also its job")->required();
  command->add_flag("--now", options->now, "wait for nothing but the safe state");
  command->add_option("--socket", options->socket, "Unix socket of a rigd; unless given, PUMPRIG_SOCKET");
  options->lookup.add_to(*command);
  command->callback([options, &outcome] {
    const auto asked = abort_run(*options);
    if (asked) std::printf("asked to stop: %s\n", options->run.c_str());
    outcome.exit_code = asked ? kExitPass : complain(asked.error());
  });
}

}  // namespace pumprig::cli
