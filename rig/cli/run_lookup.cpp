#include "rig/cli/run_lookup.h"

#include <CLI/CLI.hpp>

#include "rig/session/run_index.h"

namespace pumprig::cli {

void RunLookup::add_to(CLI::App& command) {
  command.add_option("--dir", dir, "folder with the runs")->capture_default_str();
}

Result<std::filesystem::path> RunLookup::find(const std::string& run) const {
  return session::find_run(run, dir);
}

}  // namespace pumprig::cli
