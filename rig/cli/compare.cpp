// rig compare: what differs between two runs.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "rig/cli/commands.h"
#include "rig/cli/run_lookup.h"
#include "rig/record/compare.h"

namespace pumprig::cli {
namespace {

struct CompareOptions {
  std::string a;
  std::string b;
  RunLookup lookup;
};

Result<int> compare(const CompareOptions& options) {
  TRY_ASSIGN(const auto file_a, options.lookup.find(options.a));
  TRY_ASSIGN(const auto file_b, options.lookup.find(options.b));
  TRY_ASSIGN(const auto a, record::RunReader::open(file_a));
  TRY_ASSIGN(const auto b, record::RunReader::open(file_b));
  TRY_ASSIGN(const auto comparison, record::compare(a, b));
  std::printf("a  %s\nb  %s\n%s", file_a.c_str(), file_b.c_str(), record::describe(comparison).c_str());
  const bool agree = std::none_of(comparison.checks.begin(), comparison.checks.end(), [](const auto& c) { return c.verdict_differs; });
  return agree ? kExitPass : kExitFail;
}

}  // namespace

void add_compare(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<CompareOptions>();
  auto* command = app.add_subcommand("compare", "Show what differs between two runs; exits with 1 when a verdict does");
  command->add_option("RUN_A", options->a, kRunHelp)->required();
  command->add_option("RUN_B", options->b, kRunHelp)->required();
  options->lookup.add_to(*command);
  command->callback([options, &outcome] {
    const auto code = compare(*options);
    outcome.exit_code = code ? *code : complain(code.error());
  });
}

}  // namespace pumprig::cli
