// rig report: the page of a run, made by the Python package.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "rig/cli/commands.h"
#include "rig/cli/run_lookup.h"

namespace pumprig::cli {
namespace {

namespace fs = std::filesystem;

struct ReportOptions {
  std::vector<std::string> runs;
  RunLookup lookup;
};

std::string interpreter() {
  if (const char* named = std::getenv("PUMPRIG_PYTHON"); named != nullptr && *named != '\0') return named;
  std::error_code ignored;
  const auto folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  // Beside rig in the bin/ of a virtual environment, where pip puts it.
  if (const auto beside = folder / "python3"; fs::exists(beside, ignored)) return beside.string();
  return PUMPRIG_BUILD_PYTHON;
}

Status make(const ReportOptions& options) {
  std::vector<std::string> words{interpreter(), "-m", "pumprig.report"};
  for (const auto& run : options.runs) {
    TRY_ASSIGN(const auto file, options.lookup.find(run));
    words.push_back(file.string());
  }
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  return fail(ErrorCode::kNotFound,
              std::string("cannot start Python: ") + std::strerror(errno) + "; name one with the package pumprig in PUMPRIG_PYTHON",
              words[0]);
}

}  // namespace

void add_report(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<ReportOptions>();
  auto* command = app.add_subcommand("report", "Make the self-contained HTML page of a run");
  command->add_option("RUN", options->runs, kRunHelp)->required();
  options->lookup.add_to(*command);
  command->callback([options, &outcome] { outcome.exit_code = complain(make(*options).error()); });
}

}  // namespace pumprig::cli
