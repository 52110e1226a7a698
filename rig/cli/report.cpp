// rig report: the page of a run, made by the Python package.
#include <sys/wait.h>
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

fs::path own_folder() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

std::string interpreter() {
  if (const char* named = std::getenv("PUMPRIG_PYTHON"); named != nullptr && *named != '\0') return named;
  std::error_code ignored;
  // Beside rig in the bin/ of a virtual environment, where pip puts it.
  if (const auto beside = own_folder() / "python3"; fs::exists(beside, ignored)) return beside.string();
  return PUMPRIG_BUILD_PYTHON;
}

// Where rig lies in the build folder of a checkout, Python finds the package of that checkout before any other, unless it is told where.
void use_own_package() {
  std::error_code ignored;
  const char* told = std::getenv("PYTHONPATH");
  if (told != nullptr && *told != '\0') return;
  if (fs::equivalent(own_folder(), PUMPRIG_BUILD_BIN, ignored) && fs::exists(PUMPRIG_SOURCE_PACKAGE "/pumprig/report", ignored))
    ::setenv("PYTHONPATH", PUMPRIG_SOURCE_PACKAGE, 1);
}

// Whether the interpreter has the package: it says nothing of what is wrong otherwise but that a module is missing.
Status has_package(const std::string& python) {
  const pid_t child = ::fork();
  if (child < 0) return fail(ErrorCode::kInternal, std::string("cannot start Python: ") + std::strerror(errno));
  if (child == 0) {
    ::execlp(python.c_str(), python.c_str(), "-c",
             "import importlib.util as u, sys; sys.exit(0 if u.find_spec('pumprig') and u.find_spec('pumprig.report') else 3)", nullptr);
    ::_exit(4);
  }
  int state = 0;
  while (::waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(state) || WEXITSTATUS(state) != 3) return {};
  return fail(ErrorCode::kNotFound,
              "this Python has no package pumprig, which makes the page; install it there (pip install . in a checkout), name a Python "
              "that has it in "
              "PUMPRIG_PYTHON, or the folder python/ of a checkout in PYTHONPATH",
              python);
}

Status make(const ReportOptions& options) {
  std::vector<std::string> words{interpreter(), "-m", "pumprig.report"};
  for (const auto& run : options.runs) {
    TRY_ASSIGN(const auto file, options.lookup.find(run));
    words.push_back(file.string());
  }
  use_own_package();
  TRY(has_package(words[0]));
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
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
