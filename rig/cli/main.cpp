// rig: runs scenarios against a pump and shows what came of it.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "rig/cli/commands.h"
#include "rig/cli/help_text.h"
#include "rig/json/mistake.h"

namespace pumprig::cli {

int complain(const Error& error) {
  std::fprintf(stderr, "rig: %s\n", error.describe().c_str());
  return kExitError;
}

std::string socket_from(const std::string& option) {
  if (!option.empty()) return option;
  const char* named = std::getenv("PUMPRIG_SOCKET");
  return named == nullptr ? "" : named;
}

Result<std::string> needed_socket(const std::string& option) {
  auto socket = socket_from(option);
  if (socket.empty()) return fail(ErrorCode::kInvalidArgument, "name the Unix socket of a rigd: --socket, or PUMPRIG_SOCKET");
  return socket;
}

namespace {

// The first word that stands where a command is wanted, with the command that was meant; empty: there is no such word.
std::string unknown_command(const CLI::App& app) {
  const CLI::App* at = &app;
  std::string said = app.get_name();
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    said.append(" ").append(at->get_name());
  }
  std::vector<std::string> known;
  for (const CLI::App* command : at->get_subcommands([](const CLI::App*) { return true; })) known.push_back(command->get_name());
  for (const std::string& word : at->remaining()) {
    if (word.starts_with('-') || known.empty()) continue;
    return "there is no \"" + said + " " + word + "\"; " + json::suggest(word, known) + "\nRun with --help for more information.";
  }
  return {};
}

int run(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may grow no further is an error of the record, not the end of the program
  CLI::App app("pumprig: a hardware-in-the-loop test rig for an implantable drug pump. Runs scenarios, judges them, keeps the evidence.",
               "rig");
  app.require_subcommand(1);
  app.footer(kHelpFooter);
  app.set_version_flag("--version", "rig " PUMPRIG_VERSION);
  Outcome outcome;
  for (const auto add : {add_run,          add_attach, add_pause,      add_resume,  add_abort,  add_status, add_list,
                         add_lint,         add_runs,   add_show,       add_compare, add_export, add_report, add_twin,
                         add_twin_control, add_ports,  add_programmer, add_ptm,     add_keys,   add_image,  add_guard}) {
    add(app, outcome);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    const std::string unknown = unknown_command(app);
    if (unknown.empty()) return app.exit(error) == 0 ? kExitPass : kExitError;
    std::fprintf(stderr, "rig: %s\n", unknown.c_str());
    return kExitError;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitPass : kExitError;
  }
  return outcome.exit_code;
}

}  // namespace
}  // namespace pumprig::cli

int main(int argc, char** argv) {
  try {
    return pumprig::cli::run(argc, argv);
  } catch (const std::exception& error) {  // of the standard library: no memory
    std::fprintf(stderr, "rig: %s\n", error.what());
    return pumprig::cli::kExitError;
  }
}
