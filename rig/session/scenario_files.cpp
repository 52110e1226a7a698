#include "rig/session/scenario_files.h"

#include <algorithm>

#include "rig/base/paths.h"
#include "rig/bench/config/bench_config.h"
#include "rig/json/mistake.h"
#include "rig/scenario/language/load.h"
#include "rig/session/facts.h"

namespace pumprig::session {

namespace fs = std::filesystem;

std::vector<fs::path> bundled_scenarios() {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(data_dir() / "scenarios" / "suite", error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().extension() == ".json" && entry->is_regular_file(ignored)) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return std::pair(a.stem(), a) < std::pair(b.stem(), b); });
  return files;
}

Result<fs::path> find_scenario(std::string_view name) {
  std::error_code ignored;
  const fs::path as_path(name);
  if (fs::is_regular_file(as_path, ignored)) return as_path;
  std::vector<std::string> known;
  for (const auto& file : bundled_scenarios()) {
    if (file.stem() == name) return file;
    known.push_back(file.stem().string());
  }
  if (as_path.has_parent_path() || as_path.extension() == ".json") {
    return fail(ErrorCode::kNotFound, "there is no scenario file \"" + std::string(name) +
                                          "\" to be read; name one that is there, or a bundled scenario: `rig list` shows them");
  }
  return fail(ErrorCode::kNotFound,
              "there is no scenario file and no bundled scenario \"" + std::string(name) + "\"; " + json::suggest(name, known));
}

Result<ScenarioSummary> summarise(const fs::path& file, const std::string& bench) {
  TRY_ASSIGN(const auto requirements, scenario::Requirements::load((data_dir() / "scenarios" / "requirements.json").string()));
  scenario::LoadOptions options;
  options.requirements = &requirements;
  scenario::BenchFacts facts;
  if (!bench.empty()) {
    TRY_ASSIGN(const auto config, bench::load_bench(bench));
    facts = facts_of(config);
    options.bench = &facts;
  }
  TRY_ASSIGN(const auto loaded, scenario::load_scenario_file(file.string(), options).to_result());
  ScenarioSummary summary;
  summary.name = loaded.name;
  summary.title = loaded.title;
  summary.file = file.string();
  summary.requirements = loaded.requirements;
  summary.tags = loaded.tags;
  summary.shortest = loaded.shortest;
  summary.longest = loaded.longest;
  summary.volume_ul = loaded.volume_ul;
  if (options.bench != nullptr) summary.needs = scenario::missing_needs(loaded, facts);
  return summary;
}

}  // namespace pumprig::session
