// rig pause and rig resume: a run of a rigd stands at a hold point of its scenario, and goes on.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "rig/cli/commands.h"
#include "rig/cli/daemon_client.h"

namespace pumprig::cli {
namespace {

struct PauseOptions {
  std::string run;
  std::string socket;
};

Result<std::string> ask(const PauseOptions& options, const char* method) {
  TRY_ASSIGN(const auto socket, needed_socket(options.socket));
  TRY_ASSIGN(const auto answer, DaemonClient(socket).call(method, nlohmann::json{{"run", options.run}}.dump()));
  const auto job = nlohmann::json::parse(answer, nullptr, false);
  return job.is_object() ? job.value("pause", "") : std::string();
}

void add(CLI::App& app, Outcome& outcome, const char* name, const char* help, const char* method) {
  auto options = std::make_shared<PauseOptions>();
  auto* command = app.add_subcommand(name, help);
  command->add_option("RUN", options->run, "a job of the rigd, or the id of its run")->required();
  command->add_option("--socket", options->socket, "Unix socket of a rigd; unless given, PUMPRIG_SOCKET");
  command->callback([options, method, &outcome] {
    const auto pause = ask(*options, method);
    outcome.exit_code = pause ? kExitPass : complain(pause.error());
    if (!pause) return;
    const bool wanted = std::string_view(method) == "run.pause";
    const char* said = !wanted ? "goes on" : *pause == "held" ? "is held" : "asked to pause at its next hold point";
    std::printf("%s: %s\n", said, options->run.c_str());
  });
}

}  // namespace

void add_pause(CLI::App& app, Outcome& outcome) {
  add(app, outcome, "pause", "Ask a run of a rigd to stand at the next hold point of its scenario, therapy as it is", "run.pause");
}

void add_resume(CLI::App& app, Outcome& outcome) {
  add(app, outcome, "resume", "Let a paused run of a rigd go on", "run.resume");
}

}  // namespace pumprig::cli
