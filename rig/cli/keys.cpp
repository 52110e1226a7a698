// rig keys: draws the keys of a pump's roles, and gives them to a pump by wire.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "rig/cli/commands.h"
#include "rig/programmer/pump_line.h"
#include "rig/security/chance.h"
#include "rig/security/role_keys.h"

namespace pumprig::cli {
namespace {

using clients::Role;

struct KeysOptions {
  std::string folder;
  std::string link;
  std::string present;
};

Status make_keys(const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return fail(ErrorCode::kUnavailable, failed.message(), folder);
  security::Chance chance = security::Chance::system();
  for (const Role role : {Role::kPatient, Role::kClinician, Role::kService}) {
    security::Secret key;
    chance.fill(key.fill());
    TRY(security::write_key_file(folder + "/" + clients::protocol::describe(role).name + ".key", key));
  }
  return {};
}

Status give_keys(const KeysOptions& options) {
  TRY_ASSIGN(const security::RoleKeys keys, security::read_key_folder(options.folder));
  if (options.present.empty()) {
    clients::PumpSession::Options giving;
    giving.give_keys = true;
    return programmer::PumpLine::open(options.link, options.folder, giving).map([](const programmer::PumpLine&) {});
  }
  TRY_ASSIGN(auto line, programmer::PumpLine::open(options.link, options.present));
  TRY(line.run(line.session().give_keys(keys)));
  line.session().use_keys(keys);
  TRY(line.run(line.session().open()));
  return {};
}

}  // namespace

void add_keys(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<KeysOptions>();
  auto* command = app.add_subcommand("keys", "Draw the keys of a pump, and give them to it by wire: from then on its telemetry is sealed");
  command->require_subcommand(1);
  command->footer("Exit codes: 0 done, 2 it was not.");
  auto* fresh = command->add_subcommand("new", "Draw a key for each role into a folder: patient.key, clinician.key, service.key");
  fresh->add_option("FOLDER", options->folder, "it must not hold keys yet")->required();
  fresh->callback([options, &outcome] {
    const Status made = make_keys(options->folder);
    outcome.exit_code = made ? kExitPass : complain(made.error());
    if (made)
      std::printf("%s: a key for each role; who has one is that role, so keep them apart and to yourself\n", options->folder.c_str());
  });
  auto* give = command->add_subcommand("give", "Give a pump the keys of a folder, over a wired service link");
  give->add_option("FOLDER", options->folder, "with all three keys")->required();
  give->add_option("--link", options->link, "the pump's link, for example pty:DIR/pump of a rig twin")->required();
  give->add_option("--present", options->present, "folder with the keys that the pump has now; none: the pump has none");
  give->callback([options, &outcome] {
    const Status given = give_keys(*options);
    outcome.exit_code = given ? kExitPass : complain(given.error());
    if (given) std::printf("the pump has its keys and speaks sealed telemetry only\n");
  });
}

}  // namespace pumprig::cli
