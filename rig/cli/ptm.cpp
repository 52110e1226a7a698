// rig ptm: the patient's personal therapy manager. Asks for a bolus, and never leaves the patient to guess what came of it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "rig/base/quantity.h"
#include "rig/cli/commands.h"
#include "rig/cli/pump_line.h"
#include "rig/clients/personal_therapy_manager.h"
#include "rig/session/last_words.h"

namespace pumprig::cli {
namespace {

namespace fs = std::filesystem;
using clients::protocol::StatusCode;

struct PtmOptions {
  std::string link;
  std::string keys;
  std::string state;
  std::string span = "10 min";
  std::uint64_t patience_s = 30;
  bool json = false;
};

// What the device remembers from one day to the next: the request whose outcome it has not yet heard, for each pump.
class Memory {
 public:
  Memory(fs::path file, std::string pump) : file_(std::move(file)), pump_(std::move(pump)) {}

  std::optional<std::uint32_t> unsettled() const {
    const auto all = read();
    const auto found = all.find(pump_);
    if (found == all.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint32_t>();
  }
  Status keep(std::optional<std::uint32_t> nonce) const {
    auto all = read();
    all.erase(pump_);
    if (nonce) all[pump_] = *nonce;
    std::error_code failed;
    if (file_.has_parent_path()) fs::create_directories(file_.parent_path(), failed);
    const fs::path fresh = file_.string() + ".new";
    std::ofstream out(fresh);
    out << all.dump() << std::endl;
    const bool written = out.good();
    out.close();
    if (written) fs::rename(fresh, file_, failed);
    if (written && !failed) return {};
    return fail(ErrorCode::kUnavailable,
                "this can not be written down: " + (failed ? failed.message() : std::string("the file takes no more")), file_.string());
  }

 private:
  nlohmann::json read() const {
    std::ifstream in(file_);
    auto all = nlohmann::json::parse(in, nullptr, false);
    return all.is_object() ? all : nlohmann::json::object();
  }
  fs::path file_;
  std::string pump_;
};

int say(const PtmOptions& options, const std::string& outcome, const std::string& sentence, std::uint32_t next_s, unsigned left, int code) {
  if (options.json) {
    const nlohmann::ordered_json out{{"outcome", outcome}, {"text", sentence}, {"next_dose_in_s", next_s}, {"doses_left_24h", left}};
    std::printf("%s\n", out.dump().c_str());
  } else {
    std::printf("%s\n", sentence.c_str());
  }
  return code;
}

std::string doses(unsigned left) {
  return std::to_string(left) + (left == 1 ? " dose" : " doses") + " left in the 24 hours";
}

int tell(const PtmOptions& options, const clients::Answer<clients::protocol::BolusReply>& answer) {
  const auto& fields = answer.fields;
  if (!answer.refused()) {
    return say(options, "granted",
               "Your dose is being given. The next one is possible in " + span_text(fields.lockout_remaining_s) + "; " +
                   doses(fields.doses_left_24h) + ".",
               fields.lockout_remaining_s, fields.doses_left_24h, kExitPass);
  }
  const auto& words = clients::protocol::describe(answer.status);
  std::string text = "No dose is given: " + std::string(words.text) + ".";
  if (fields.lockout_remaining_s != 0) text += " The next one is possible in " + span_text(fields.lockout_remaining_s) + ".";
  text += " " + doses(fields.doses_left_24h) + ".";
  return say(options, words.name, text, fields.lockout_remaining_s, fields.doses_left_24h, kExitFail);
}

// Until when a bridge keeps patient boluses away, from what is left of it and the rate at which it goes out.
std::string bridge_text(const clients::StatusReply& status) {
  if (status.therapy_state != clients::TherapyState::kBridging || status.rate_now_nl_per_day == 0) return {};
  const auto seconds = static_cast<std::uint64_t>(86'400.0 * status.phase_remaining_nl / status.rate_now_nl_per_day);
  return " While the drug changes over no dose can be given; that takes " + span_text(seconds) + " more.";
}

// Asks again with the same nonce until the pump says what happened, for as long as the patient has patience.
Result<int> settle(const PtmOptions& options, PumpLine& line, clients::PersonalTherapyManager& patient, const Memory& memory) {
  const TimePoint until = line.session().executor().now() + from_seconds(static_cast<double>(options.patience_s));
  bool told = false;
  for (;;) {
    const auto answer = line.run(patient.settle());
    if (answer) {
      TRY(memory.keep(std::nullopt));
      const int code = tell(options, *answer);
      if (answer->status != StatusCode::kBridging || options.json) return code;
      TRY_ASSIGN(const auto status, line.run(patient.status()));
      std::printf("%s\n", bridge_text(status.fields).c_str());
      return code;
    }
    if (answer.error().code == ErrorCode::kCancelled || line.session().executor().now() >= until) {
      return say(options, "unknown",
                 "It is unknown whether the dose was given: the pump does not answer. Do not ask for another; run this again when the pump "
                 "is in reach, and it will tell what happened.",
                 0, 0, kExitOpen);
    }
    if (!told && !options.json) std::printf("It is unknown whether the dose was given. The pump is being asked what happened ...\n");
    told = true;
    std::fflush(stdout);
    static_cast<void>(line.come_back());  // not there yet: the next turn finds out
  }
}

Result<int> request(const PtmOptions& options) {
  TRY_ASSIGN(auto line, PumpLine::open(options.link, options.keys));
  clients::PersonalTherapyManager patient(line.session());
  const Memory memory(options.state.empty() ? session::notes_folder() / "ptm.json" : fs::path(options.state),
                      clients::to_text(line.session().identity().board_serial));
  if (const auto earlier = memory.unsettled()) {
    if (!options.json) std::printf("Asking first what became of the earlier request.\n");
    patient.take_over(*earlier);
    return settle(options, line, patient, memory);
  }
  TRY(memory.keep(patient.prepare()));
  return settle(options, line, patient, memory);
}

Result<int> status(const PtmOptions& options) {
  TRY_ASSIGN(auto line, PumpLine::open(options.link, options.keys));
  clients::PersonalTherapyManager patient(line.session());
  TRY_ASSIGN(const auto answer, line.run(patient.status()));
  const auto& now = answer.fields;
  std::string text = "Therapy: " + state_text(now.therapy_state) + ".";
  if (now.lockout_remaining_s != 0) text += " The next dose is possible in " + span_text(now.lockout_remaining_s) + ".";
  text += " " + doses(now.doses_left_24h) + "." + bridge_text(now);
  for (unsigned i = 0; i < 32; ++i) {
    if ((now.alarm_bits >> i & 1U) != 0)
      text += std::string(" Alarm: ") + clients::protocol::describe(static_cast<clients::Alarm>(i)).text + ".";
  }
  return say(options, clients::protocol::describe(now.therapy_state).name, text, now.lockout_remaining_s, now.doses_left_24h, kExitPass);
}

Result<int> mute(const PtmOptions& options) {
  TRY_ASSIGN(const auto span, parse_quantity(options.span, Dimension::kDuration));
  TRY_ASSIGN(auto line, PumpLine::open(options.link, options.keys));
  clients::PersonalTherapyManager patient(line.session());
  TRY(line.run(patient.mute(static_cast<std::uint32_t>(span.value))));
  return say(options, "muted",
             "The alarm is silent for " + span_text(static_cast<std::uint64_t>(span.value)) + "; a new critical alarm sounds all the same.",
             0, 0, kExitPass);
}

}  // namespace

void add_ptm(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<PtmOptions>();
  auto* command =
      app.add_subcommand("ptm", "Play the patient with the personal therapy manager: ask for a dose, see when the next is possible, mute");
  command->require_subcommand(1);
  command->add_option("--link", options->link, "the pump's link, for example pty:DIR/pump of a rig twin")->required();
  command->add_option("--keys", options->keys, "folder with patient.key, for a pump that has keys");
  command->add_flag("--json", options->json, "the answer as JSON");
  const auto add = [&](const char* name, const char* help, Result<int> (*run)(const PtmOptions&)) {
    auto* sub = command->add_subcommand(name, help);
    sub->callback([options, &outcome, run] {
      const auto code = run(*options);
      outcome.exit_code = code ? *code : complain(code.error());
    });
    return sub;
  };
  auto* ask = add("request", "Ask for a dose. Exit code 0: granted, 1: refused, 3: unknown", &request);
  ask->add_option("--state", options->state, "file in which a request is written down until its outcome is known");
  ask->add_option("--patience", options->patience_s, "seconds for which an unanswered request is asked for again")->capture_default_str();
  add("status", "What therapy does, when the next dose is possible, how many are left", &status);
  add("mute", "Silence the alarm for a while", &mute)->add_option("--for", options->span, "at most 30 min")->capture_default_str();
}

}  // namespace pumprig::cli
