// rig run: here or in a daemon, one scenario after another.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "rig/cli/commands.h"
#include "rig/cli/daemon_client.h"
#include "rig/cli/daemon_run.h"
#include "rig/cli/format.h"
#include "rig/cli/progress_line.h"
#include "rig/cli/signals.h"
#include "rig/session/local_runner.h"

namespace pumprig::cli {
namespace {

namespace fs = std::filesystem;
using session::RunReport;
using session::RunRequest;
using session::RunState;

struct RunOptions {
  std::vector<std::string> scenarios;
  RunRequest request;
  std::vector<std::string> sets;
  std::vector<std::string> labels;
  std::string speed;
  std::string junit;
  std::string socket;
  bool json = false;
  bool detach = false;
};

// What the options say together; a mistake in them is the user's.
Result<RunRequest> request_of(const RunOptions& options) {
  RunRequest request = options.request;
  for (const auto& text : options.sets) {
    TRY_ASSIGN(auto set, session::parse_set(text));
    request.sets.push_back(std::move(set));
  }
  for (const auto& text : options.labels) {
    TRY_ASSIGN(auto label, session::parse_set(text));
    request.key_values.push_back(std::move(label));
  }
  if (!options.speed.empty()) {
    TRY_ASSIGN(request.speed, session::parse_speed(options.speed));
  }
  return request;
}

// An Error before anything ran, as a report: so that JSON, JUnit and the exit code know of it.
RunReport refused(const RunRequest& request, const Error& error) {
  RunReport report;
  report.scenario = fs::path(request.scenario).stem().string();
  report.file = request.scenario;
  report.state = RunState::kRefused;
  report.reason = error.describe();
  report.seed = request.seed;
  report.repeat = repeat_command(request);
  return report;
}

RunReport not_begun(const RunRequest& request) {
  RunReport report = refused(request, {});
  report.state = RunState::kNotRun;
  report.reason = "aborted before it began";
  return report;
}

std::vector<RunReport> run_all(const RunOptions& options, const RunRequest& common, session::Runner& runner, session::StopSwitch& stop) {
  std::vector<RunReport> reports;
  for (const auto& scenario : options.scenarios) {
    RunRequest request = common;
    request.scenario = scenario;
    if (stop.level() != session::StopLevel::kNone) {
      reports.push_back(not_begun(request));
      continue;
    }
    auto progress = ProgressLine::on_stderr(scenario);
    auto result = runner.run(request, progress, stop);
    progress.clear();
    if (!result) complain(result.error());
    reports.push_back(result ? std::move(*result) : refused(request, result.error()));
    if (!options.json && reports.back().state != RunState::kRefused) {
      std::printf("%s", report_text(reports.back(), colour_on_stdout()).c_str());
      std::fflush(stdout);
    }
  }
  return reports;
}

Status write_junit(const std::string& file, const std::vector<RunReport>& reports) {
  std::error_code ignored;
  if (const auto folder = fs::path(file).parent_path(); !folder.empty()) fs::create_directories(folder, ignored);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << session::to_junit(reports);
  out.close();
  if (!out) return fail(ErrorCode::kUnavailable, "the JUnit file cannot be written", file);
  return {};
}

// Hands the runs to the rigd and waits for none of them.
Status run_detached(const RunOptions& options, const RunRequest& common) {
  TRY_ASSIGN(const auto socket, needed_socket(options.socket));
  TRY_ASSIGN(const auto holds_the_bench, daemon_runner(socket, common));
  if (!holds_the_bench) return fail(ErrorCode::kInvalidArgument, "--detach needs a rigd that holds the bench", socket);
  std::vector<std::string> jobs;
  for (const auto& scenario : options.scenarios) {
    RunRequest request = common;
    request.scenario = scenario;
    TRY_ASSIGN(auto job, submit_run(socket, request));
    if (!options.json) std::printf("%s  %s\n", job.c_str(), scenario.c_str());
    std::fflush(stdout);
    jobs.push_back(std::move(job));
  }
  if (options.json) std::printf("%s\n", jobs_json(jobs).c_str());
  return {};
}

int run(const RunOptions& options) {
  auto request = request_of(options);
  if (!request) return complain(request.error());
  if (options.detach) {
    const auto handed_over = run_detached(options, *request);
    return handed_over ? kExitPass : complain(handed_over.error());
  }
  std::unique_ptr<session::Runner> runner = session::make_local_runner();
  if (const auto socket = socket_from(options.socket); !socket.empty()) {
    auto remote = daemon_runner(socket, *request);
    if (!remote) return complain(remote.error());
    if (*remote) runner = std::move(*remote);
  }
  if (request->gdb) {
    std::fprintf(stderr, "rig: QEMU waits for a debugger: gdb-multiarch -ex 'target remote localhost:%d' pump.elf\n", session::kGdbPort);
  }
  std::vector<RunReport> reports;
  {
    session::StopSwitch stop;
    const StopOnSignals signals(stop);
    reports = run_all(options, *request, *runner, stop);
  }
  int code = session::exit_code(reports);
  if (options.json) std::printf("%s\n", reports_json(reports).c_str());
  if (!options.json && reports.size() > 1) std::printf("\n%s", summary_text(reports, colour_on_stdout()).c_str());
  if (!options.junit.empty()) {
    if (const auto written = write_junit(options.junit, reports); !written) code = complain(written.error());
  }
  return code;
}

}  // namespace

void add_run(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<RunOptions>();
  auto* command = app.add_subcommand("run", "Run scenarios, judge them and keep the evidence");
  command->add_option("SCENARIO", options->scenarios, "scenario files, or names of bundled scenarios (`rig list`)")->required();
  command->add_option("--bench", options->request.bench, "bench file, \"virtual\", \"virtual-arm\" or \"virtual-arm-wire\"")
      ->capture_default_str();
  command->add_option("--set", options->sets, "value of a parameter of the scenario, NAME=VALUE; may be repeated")->expected(1)->take_all();
  command->add_option("--seed", options->request.seed, "of everything drawn by chance on a virtual bench")->capture_default_str();
  command->add_option(
      "--speed", options->speed,
      "scenario seconds per second, or \"max\": virtual time, as fast as possible. A virtual bench runs at max unless told, "
      "ports at 1");
  command->add_flag("--gdb", options->request.gdb, "virtual-arm: wait for a debugger, and say how to attach it");
  command->add_option("--out", options->request.out, "folder for the record of each run")->capture_default_str();
  auto* junit = command->add_option("--junit", options->junit, "JUnit file of all of them");
  command->add_flag("--json", options->json, "the reports as JSON on stdout");
  command->add_option("--operator", options->request.operator_name, "who runs it, for the record");
  command->add_option("--label", options->labels, "anything else for the record, NAME=VALUE; may be repeated")->expected(1)->take_all();
  command->add_option("--socket", options->socket, "Unix socket of a rigd; unless given, PUMPRIG_SOCKET");
  command
      ->add_flag("--detach", options->detach,
                 "hand the runs to the rigd, say which jobs they are, and wait for none; `rig attach` follows one")
      ->excludes(junit);
  command->callback([options, &outcome] { outcome.exit_code = run(*options); });
}

}  // namespace pumprig::cli
