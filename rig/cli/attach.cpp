// rig attach: follows a run that a rigd has at work, and shows what `rig run` would.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "rig/cli/commands.h"
#include "rig/cli/daemon_run.h"
#include "rig/cli/format.h"
#include "rig/cli/progress_line.h"
#include "rig/cli/signals.h"

namespace pumprig::cli {
namespace {

struct AttachOptions {
  std::string run;
  std::string socket;
  bool json = false;
};

Result<int> attach(const AttachOptions& options) {
  TRY_ASSIGN(const auto socket, needed_socket(options.socket));
  TRY_ASSIGN(const auto scenario, scenario_of(socket, options.run));
  auto progress = ProgressLine::on_stderr(scenario);
  session::StopSwitch stop;
  auto report = [&] {
    const StopOnSignals signals(stop);
    return follow_run(socket, options.run, progress, stop, OnStop::kLeave);
  }();
  progress.clear();
  if (!report && report.error().code == ErrorCode::kCancelled) {
    std::fprintf(stderr, "rig: %s: %s\n", options.run.c_str(), report.error().text.c_str());
    return kExitOpen;
  }
  TRY(report);
  const std::vector<session::RunReport> reports{std::move(*report)};
  std::printf("%s", options.json ? (reports_json(reports) + "\n").c_str() : report_text(reports.front(), colour_on_stdout()).c_str());
  return session::exit_code(reports);
}

}  // namespace

void add_attach(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<AttachOptions>();
  auto* command = app.add_subcommand("attach", "Follow a run of a rigd to its end: output and exit code as of `rig run`; Ctrl-C leaves it");
  command->add_option("RUN", options->run, "a job of the rigd, or the id of its run")->required();
  command->add_flag("--json", options->json, "the report as JSON on stdout");
  command->add_option("--socket", options->socket, "Unix socket of a rigd; unless given, PUMPRIG_SOCKET");
  command->callback([options, &outcome] {
    const auto code = attach(*options);
    outcome.exit_code = code ? *code : complain(code.error());
  });
}

}  // namespace pumprig::cli
