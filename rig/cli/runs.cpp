// rig runs: what has been recorded.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "rig/cli/commands.h"
#include "rig/cli/daemon_client.h"
#include "rig/cli/format.h"
#include "rig/cli/progress_line.h"
#include "rig/cli/table.h"
#include "rig/session/run_index.h"

namespace pumprig::cli {
namespace {

using session::RunReport;

struct RunsOptions {
  std::string dir;
  std::string socket;
  bool json = false;
};

Result<std::vector<RunReport>> runs_of_daemon(const std::string& socket) {
  TRY_ASSIGN(const auto text, DaemonClient(socket).call("run.list"));
  std::vector<RunReport> runs;
  const auto answer = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!answer.is_object() || !answer.contains("runs")) return fail(ErrorCode::kProtocol, "rigd speaks another version", socket);
  for (const auto& run : answer["runs"]) {
    TRY_ASSIGN(auto report, session::report_from_json(run.dump()));
    runs.push_back(std::move(report));
  }
  return runs;
}

void print_table(const std::vector<RunReport>& runs) {
  Table table({{"run"}, {"scenario"}, {"bench"}, {"outcome"}, {"checks", Table::Align::kRight}, {"started"}});
  for (const auto& run : runs) {
    const auto outcome = outcome_text(run);
    table.add({run.id, run.scenario, run.bench_kind, outcome, std::to_string(run.checks.size()), run.started_utc});
    table.style_last(3, outcome_style(outcome));
  }
  std::printf("%s", table.text(colour_on_stdout()).c_str());
}

Result<int> list(const RunsOptions& options) {
  // A folder that was named is read here; else a daemon that is named knows where its runs are.
  const auto socket = options.dir.empty() ? socket_from(options.socket) : std::string();
  const std::string dir = options.dir.empty() ? "runs" : options.dir;
  std::vector<RunReport> runs;
  if (socket.empty()) {
    runs = session::list_runs(dir);
  } else {
    TRY_ASSIGN(runs, runs_of_daemon(socket));
  }
  if (options.json) {
    std::string text;
    for (const auto& run : runs) text += (text.empty() ? "" : ",") + session::to_json(run);
    std::printf("{\"runs\":[%s]}\n", text.c_str());
  } else if (runs.empty()) {
    std::printf("no runs in %s\n", socket.empty() ? dir.c_str() : ("the folder of rigd at " + socket).c_str());
  } else {
    print_table(runs);
  }
  return kExitPass;
}

}  // namespace

void add_runs(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<RunsOptions>();
  auto* command = app.add_subcommand("runs", "List recorded runs, the oldest first");
  command->add_option("--dir", options->dir, "folder with the runs [runs]");
  command->add_option("--socket", options->socket, "Unix socket of a rigd, to list its runs; unless given, PUMPRIG_SOCKET");
  command->add_flag("--json", options->json, "their reports as JSON");
  command->callback([options, &outcome] {
    const auto code = list(*options);
    outcome.exit_code = code ? *code : complain(code.error());
  });
}

}  // namespace pumprig::cli
