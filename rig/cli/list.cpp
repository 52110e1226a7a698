// rig list: the bundled scenarios.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "rig/base/quantity.h"
#include "rig/cli/commands.h"
#include "rig/cli/progress_line.h"
#include "rig/cli/table.h"
#include "rig/session/scenario_files.h"

namespace pumprig::cli {
namespace {

using session::ScenarioSummary;

struct ListOptions {
  std::string tag;
  std::string requirement;
  bool json = false;
};

bool has(const std::vector<std::string>& list, const std::string& wanted) {
  return wanted.empty() || std::find(list.begin(), list.end(), wanted) != list.end();
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

nlohmann::ordered_json to_json(const ScenarioSummary& scenario) {
  return {{"name", scenario.name},
          {"title", scenario.title},
          {"file", scenario.file},
          {"requirements", scenario.requirements},
          {"tags", scenario.tags},
          {"shortest_s", to_seconds(scenario.shortest)},
          {"longest_s", to_seconds(scenario.longest)},
          {"volume_ul", scenario.volume_ul}};
}

int list(const ListOptions& options) {
  Table table({{"scenario"}, {"at most", Table::Align::kRight}, {"requirements"}, {"tags"}, {"title"}});
  auto json = nlohmann::ordered_json::array();
  int code = kExitPass;
  for (const auto& file : session::bundled_scenarios()) {
    const auto scenario = session::summarise(file, "");
    if (!scenario) {
      code = complain(scenario.error());
      continue;
    }
    if (!has(scenario->tags, options.tag) || !has(scenario->requirements, options.requirement)) continue;
    json.push_back(to_json(*scenario));
    table.add(
        {scenario->name, format_duration(scenario->longest), joined(scenario->requirements), joined(scenario->tags), scenario->title});
  }
  if (options.json) {
    std::printf("%s\n", nlohmann::ordered_json{{"scenarios", std::move(json)}}.dump().c_str());
  } else {
    std::printf("%s", table.text(colour_on_stdout()).c_str());
  }
  return code;
}

}  // namespace

void add_list(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<ListOptions>();
  auto* command = app.add_subcommand("list", "List the bundled scenarios");
  command->add_option("--tag", options->tag, "only those with this tag");
  command->add_option("--requirement", options->requirement, "only those that bear on this requirement, for example REQ-103");
  command->add_flag("--json", options->json, "as JSON");
  command->callback([options, &outcome] { outcome.exit_code = list(*options); });
}

}  // namespace pumprig::cli
