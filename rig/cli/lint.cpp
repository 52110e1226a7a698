// rig lint: what is wrong with scenario files, and what they would take.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "rig/base/quantity.h"
#include "rig/cli/commands.h"
#include "rig/session/scenario_files.h"

namespace pumprig::cli {
namespace {

struct LintOptions {
  std::vector<std::string> files;
  std::string bench = "virtual";
};

Status lint(const std::string& name, const std::string& bench) {
  TRY_ASSIGN(const auto file, session::find_scenario(name));
  TRY_ASSIGN(const auto scenario, session::summarise(file, bench));
  std::string time = format_duration(scenario.longest);
  if (scenario.shortest != scenario.longest) time = format_duration(scenario.shortest) + " to " + time;
  std::printf("%s: good; takes %s and at most %.4g mL of fluid\n", file.c_str(), time.c_str(), scenario.volume_ul / 1000);
  for (const auto& need : scenario.needs) std::printf("  bench \"%s\" cannot run it: needs %s\n", bench.c_str(), need.c_str());
  return {};
}

}  // namespace

void add_lint(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<LintOptions>();
  auto* command = app.add_subcommand("lint", "Check scenario files, and say how long they take and how much fluid");
  command->add_option("FILE", options->files, "scenario files, or names of bundled scenarios")->required();
  command->add_option("--bench", options->bench, "bench to check them for")->capture_default_str();
  command->callback([options, &outcome] {
    for (const auto& file : options->files) {
      if (const auto good = lint(file, options->bench); !good) outcome.exit_code = complain(good.error());
    }
  });
}

}  // namespace pumprig::cli
