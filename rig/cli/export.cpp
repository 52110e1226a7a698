// rig export: a run as files that any tool reads.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "rig/cli/commands.h"
#include "rig/cli/run_lookup.h"
#include "rig/record/csv.h"

namespace pumprig::cli {
namespace {

struct ExportOptions {
  std::string run;
  std::string csv;
  RunLookup lookup;
};

Status export_run(const ExportOptions& options) {
  TRY_ASSIGN(const auto file, options.lookup.find(options.run));
  TRY_ASSIGN(const auto run, record::RunReader::open(file));
  TRY_ASSIGN(const auto files, record::export_csv(run, options.csv));
  for (const auto& written : files) std::printf("%s\n", written.c_str());
  return {};
}

}  // namespace

void add_export(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<ExportOptions>();
  auto* command = app.add_subcommand("export", "Write a run's channels, events and verdicts as CSV files");
  command->add_option("RUN", options->run, kRunHelp)->required();
  command->add_option("--csv", options->csv, "folder to write into")->required();
  options->lookup.add_to(*command);
  command->callback([options, &outcome] {
    const auto done = export_run(*options);
    outcome.exit_code = done ? kExitPass : complain(done.error());
  });
}

}  // namespace pumprig::cli
