// Where scenarios come from: a file, or one that is bundled, by its name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/result.h"
#include "rig/base/time.h"

namespace pumprig::session {

// Every *.json below scenarios/suite of the data folder, by name.
std::vector<std::filesystem::path> bundled_scenarios();

// The file that `name` means: a path that exists, else a bundled scenario of that name (without ".json"). kNotFound suggests what is near.
Result<std::filesystem::path> find_scenario(std::string_view name);

struct ScenarioSummary {
  std::string name;
  std::string title;
  std::string file;
  std::vector<std::string> requirements;
  std::vector<std::string> tags;
  Duration shortest{0};
  Duration longest{0};
  double volume_ul = 0;            // of fluid that leaves the pump, at most
  std::vector<std::string> needs;  // what the bench lacks to run it; empty: it can run there
};

// Reads and checks one file for a bench ("virtual", or a bench file; empty: what depends on a bench is not checked). kInvalidArgument has a
// line for each mistake.
Result<ScenarioSummary> summarise(const std::filesystem::path& file, const std::string& bench);

}  // namespace pumprig::session
