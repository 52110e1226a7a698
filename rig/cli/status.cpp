// rig status: what runs now.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "rig/cli/commands.h"
#include "rig/cli/daemon_client.h"
#include "rig/cli/run_lookup.h"
#include "rig/session/run_index.h"

namespace pumprig::cli {
namespace {

using Json = nlohmann::ordered_json;

struct StatusOptions {
  std::string socket;
  RunLookup lookup;
  bool json = false;
};

Result<Json> daemon_status(const std::string& socket) {
  const DaemonClient client(socket);
  Json status;
  for (const auto& [name, method] : {std::pair{"daemon", "daemon.info"}, {"bench", "bench.info"}, {"queue", "queue.list"}}) {
    TRY_ASSIGN(const auto text, client.call(method));
    status[name] = Json::parse(text, nullptr, false);
    if (!status[name].is_object()) return fail(ErrorCode::kProtocol, "rigd speaks another version", socket);
  }
  return status;
}

void print_daemon(const std::string& socket, const Json& status) {
  const auto& bench = status["bench"];
  std::printf("rigd %s at %s holds bench \"%s\" (%s), %s\n", status["daemon"].value("version", "?").c_str(), socket.c_str(),
              bench.value("name", "?").c_str(), bench.value("kind", "?").c_str(), bench.value("busy", false) ? "busy" : "idle");
  for (const auto& job : status["queue"].value("jobs", Json::array())) {
    std::printf("  %s  %s  %s", job.value("job", "").c_str(), job.value("state", "").c_str(), job.value("scenario", "").c_str());
    if (job.contains("progress")) {
      const auto& progress = job["progress"];
      std::printf("  %.0f %%  %s", 100 * progress.value("fraction", 0.0), progress.value("step", "").c_str());
    }
    if (const auto pause = job.value("pause", "none"); pause != "none") std::printf("  %s", pause == "held" ? "held" : "to be held");
    std::printf("  %s\n", job.value("run", "").c_str());
  }
}

Result<int> show(const StatusOptions& options) {
  Json all = Json::object();
  if (const auto socket = socket_from(options.socket); !socket.empty()) {
    TRY_ASSIGN(all, daemon_status(socket));
    if (!options.json) print_daemon(socket, all);
  }
  all["running"] = Json::array();
  for (const auto& run : session::list_runs(options.lookup.dir)) {
    if (run.state != session::RunState::kRunning) continue;
    all["running"].push_back(Json::parse(session::to_json(run)));
    if (!options.json)
      std::printf("running: %s  %s on bench %s (%s)\n", run.id.c_str(), run.scenario.c_str(), run.bench.c_str(), run.bench_kind.c_str());
  }
  if (options.json) {
    std::printf("%s\n", all.dump().c_str());
  } else if (all["running"].empty()) {
    std::printf("nothing runs in %s\n", options.lookup.dir.c_str());
  }
  return kExitPass;
}

}  // namespace

void add_status(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<StatusOptions>();
  auto* command = app.add_subcommand("status", "Show what runs now: in the rigd that is named, and in the folder of runs");
  command->add_option("--socket", options->socket, "Unix socket of a rigd; unless given, PUMPRIG_SOCKET");
  command->add_flag("--json", options->json, "as JSON");
  options->lookup.add_to(*command);
  command->callback([options, &outcome] {
    const auto code = show(*options);
    outcome.exit_code = code ? *code : complain(code.error());
  });
}

}  // namespace pumprig::cli
