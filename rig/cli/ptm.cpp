// rig ptm: the patient's personal therapy manager. Asks for a bolus, and never leaves the patient to guess what came of it.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "rig/cli/commands.h"
#include "rig/json/build.h"
#include "rig/programmer/answers.h"
#include "rig/programmer/words.h"
#include "rig/session/last_words.h"

namespace pumprig::cli {
namespace {

using programmer::PersonalDevice;
using programmer::Shown;

struct PtmOptions {
  std::string link;
  std::string keys;
  std::string state;
  std::string span = "10 min";
  std::uint64_t patience_s = 30;
  bool json = false;
};

int show(const PtmOptions& options, const Shown& shown) {
  std::printf("%s\n", options.json ? json::to_text(programmer::shown_answer(shown), 0).c_str() : shown.text.c_str());
  if (!shown.detail.empty()) std::fprintf(stderr, "rig: %s\n", shown.detail.c_str());
  if (shown.known != Shown::Known::kYes) return kExitOpen;
  return shown.granted.value_or(true) ? kExitPass : kExitFail;
}

Result<Shown> request(const PtmOptions& options, PersonalDevice& device) {
  const auto meanwhile = [&](const std::string& text) {
    if (!options.json) std::printf("%s\n", text.c_str());
    std::fflush(stdout);
  };
  return device.request(std::chrono::seconds(options.patience_s), meanwhile);
}
Result<Shown> status(const PtmOptions&, PersonalDevice& device) {
  return device.status();
}
Result<Shown> mute(const PtmOptions& options, PersonalDevice& device) {
  return device.mute(options.span);
}

}  // namespace

void add_ptm(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<PtmOptions>();
  auto* command =
      app.add_subcommand("ptm", "Play the patient with the personal therapy manager: ask for a dose, see when the next is possible, mute");
  command->require_subcommand(1);
  command->footer(R"(Exit codes:
  0  done; of a request: granted
  1  the pump refused
  2  wrong words or files; nothing was asked
  3  something is not known, or the pump is not in reach)");
  command->add_option("--link", options->link, "the pump's link, for example pty:DIR/pump of a rig twin")->required();
  command->add_option("--keys", options->keys, "folder with patient.key, for a pump that has keys");
  command->add_option("--state", options->state, "file in which a request is written down until its outcome is known");
  command->add_flag("--json", options->json, "the answer as JSON");
  const auto add = [&](const char* name, const char* help, Result<Shown> (*run)(const PtmOptions&, PersonalDevice&)) {
    auto* sub = command->add_subcommand(name, help);
    sub->fallthrough();  // --link, --json and --state may stand behind it
    sub->callback([options, &outcome, run] {
      const std::filesystem::path memory =
          options->state.empty() ? session::notes_folder() / "ptm.json" : std::filesystem::path(options->state);
      PersonalDevice device(options->link, options->keys, memory);
      const auto shown = run(*options, device);
      outcome.exit_code = shown ? show(*options, *shown) : complain(shown.error());
    });
    return sub;
  };
  auto* ask = add("request", "Ask for a dose. Exit code 0: granted, 1: refused, 3: unknown, or the pump is not in reach", &request);
  ask->add_option("--patience", options->patience_s, "seconds for which an unanswered request is asked about again")->capture_default_str();
  add("status", "What therapy does, when the next dose is possible, how many are left. Exit code 3: something is not known", &status);
  add("mute", "Silence the alarm for a while", &mute)->add_option("--for", options->span, "at most 30 min")->capture_default_str();
}

}  // namespace pumprig::cli
