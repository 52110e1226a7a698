// Options that the commands about recorded runs share, and finding a run by them.
#pragma once

#include <filesystem>
#include <string>

#include "rig/base/result.h"

namespace CLI {
class App;
}

namespace pumprig::cli {

struct RunLookup {
  std::string dir = "runs";  // --dir

  void add_to(CLI::App& command);
  Result<std::filesystem::path> find(const std::string& run) const;
};

inline constexpr const char* kRunHelp = "a run: its file, its id, the beginning of its id, or \"last\"";

}  // namespace pumprig::cli
