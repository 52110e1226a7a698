// rig show: what came of a run, and whether its record is whole.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "rig/cli/commands.h"
#include "rig/cli/format.h"
#include "rig/cli/progress_line.h"
#include "rig/cli/run_lookup.h"
#include "rig/record/reader.h"
#include "rig/session/run_index.h"

namespace pumprig::cli {
namespace {

struct ShowOptions {
  std::string run;
  RunLookup lookup;
  bool json = false;
};

// Proves the hash chain again. A run at work is not sealed yet, and that is no damage.
Result<bool> prove(const std::filesystem::path& file, const session::RunReport& report) {
  TRY_ASSIGN(const auto reader, record::RunReader::open(file));
  TRY_ASSIGN(const auto proof, reader.verify());
  const bool good = proof.complete || (report.state == session::RunState::kRunning && proof.problems.empty());
  if (good) {
    std::printf("%-13s%lld items, every hash right\n", "record", static_cast<long long>(proof.items));
  } else {
    std::printf("%-13sNOT whole; %lld items have the right hash\n", "record", static_cast<long long>(proof.items));
    for (const auto& problem : proof.problems) std::printf("  %s\n", problem.c_str());
  }
  return good;
}

// What befell the pump itself: why it was reset, and how late an emulated board was.
Status print_board_events(const std::filesystem::path& file) {
  TRY_ASSIGN(const auto reader, record::RunReader::open(file));
  TRY_ASSIGN(const auto events, reader.events());
  for (const auto& [seq, event] : events) {
    if (event.source != "board" && event.kind != "restarted") continue;
    std::printf("%-13s%10.3f s  %s: %s\n", event.source.c_str(), to_seconds(event.t - kRunStart), event.kind.c_str(), event.text.c_str());
  }
  return {};
}

Result<int> show(const ShowOptions& options) {
  TRY_ASSIGN(const auto file, options.lookup.find(options.run));
  TRY_ASSIGN(const auto report, session::load_report(file));
  const int code = report.state == session::RunState::kRunning ? kExitOpen : session::exit_code(std::span(&report, 1));
  if (options.json) {
    std::printf("%s\n", session::to_json(report).c_str());
    return code;
  }
  std::printf("%s", report_text(report, colour_on_stdout()).c_str());
  if (!report.title.empty()) std::printf("%-13s%s\n", "title", report.title.c_str());
  if (!report.started_utc.empty()) std::printf("%-13s%s\n", "started", report.started_utc.c_str());
  if (!report.operator_name.empty()) std::printf("%-13s%s\n", "operator", report.operator_name.c_str());
  if (!report.firmware_sha256.empty()) std::printf("%-13s%s\n", "firmware", report.firmware_sha256.c_str());
  if (report.pump_clock) std::printf("%-13s%s\n", "pump clock", report.pump_clock->text.c_str());
  for (const auto& [name, value] : report.parameters) std::printf("%-13s%s = %s\n", "parameter", name.c_str(), value.c_str());
  for (const auto& [name, value] : report.key_values) std::printf("%-13s%s = %s\n", "label", name.c_str(), value.c_str());
  TRY(print_board_events(file));
  TRY_ASSIGN(const bool whole, prove(file, report));
  return whole ? code : kExitError;
}

}  // namespace

void add_show(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<ShowOptions>();
  auto* command = app.add_subcommand("show", "Show what came of a run, and prove its record; exits as the run did");
  command->add_option("RUN", options->run, kRunHelp)->required();
  command->add_flag("--json", options->json, "the report as JSON");
  options->lookup.add_to(*command);
  command->callback([options, &outcome] {
    const auto code = show(*options);
    outcome.exit_code = code ? *code : complain(code.error());
  });
}

}  // namespace pumprig::cli
