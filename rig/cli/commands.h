// The sub-commands of rig: each registers its options and what it does. A file each.
#pragma once

#include <string>

#include "rig/base/result.h"

namespace CLI {
class App;
}

namespace pumprig::cli {

// What the process exits with; a command sets it.
struct Outcome {
  int exit_code = 0;
};

void add_run(CLI::App& app, Outcome& outcome);
void add_attach(CLI::App& app, Outcome& outcome);
void add_pause(CLI::App& app, Outcome& outcome);
void add_resume(CLI::App& app, Outcome& outcome);
void add_abort(CLI::App& app, Outcome& outcome);
void add_status(CLI::App& app, Outcome& outcome);
void add_list(CLI::App& app, Outcome& outcome);
void add_lint(CLI::App& app, Outcome& outcome);
void add_runs(CLI::App& app, Outcome& outcome);
void add_show(CLI::App& app, Outcome& outcome);
void add_compare(CLI::App& app, Outcome& outcome);
void add_export(CLI::App& app, Outcome& outcome);
void add_report(CLI::App& app, Outcome& outcome);
void add_twin(CLI::App& app, Outcome& outcome);
void add_twin_control(CLI::App& app, Outcome& outcome);
void add_ports(CLI::App& app, Outcome& outcome);
void add_programmer(CLI::App& app, Outcome& outcome);
void add_ptm(CLI::App& app, Outcome& outcome);
void add_keys(CLI::App& app, Outcome& outcome);
void add_image(CLI::App& app, Outcome& outcome);
void add_guard(CLI::App& app, Outcome& outcome);

// Exit codes, the same for every command.
inline constexpr int kExitPass = 0;
inline constexpr int kExitFail = 1;
inline constexpr int kExitError = 2;
inline constexpr int kExitOpen = 3;

// Says on stderr what went wrong, where and what to do; returns kExitError.
int complain(const Error& error);
// --socket, else PUMPRIG_SOCKET, else empty.
std::string socket_from(const std::string& option);
// The same for what only a rigd can do: kInvalidArgument when none is named.
Result<std::string> needed_socket(const std::string& option);

}  // namespace pumprig::cli
