// rig programmer: the physician's side by hand, a sub-command an action, or all of it as a dialogue.
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "rig/cli/commands.h"
#include "rig/cli/signals.h"
#include "rig/cli/table.h"
#include "rig/exec/utc.h"
#include "rig/json/build.h"
#include "rig/programmer/answers.h"
#include "rig/programmer/dialogue.h"
#include "rig/programmer/image_file.h"
#include "rig/programmer/pump_line.h"
#include "rig/programmer/say.h"

namespace pumprig::cli {
namespace {

using programmer::Desk;
using programmer::Done;

struct ProgrammerOptions {
  std::string link;
  std::string keys;
  bool json = false;
  std::vector<std::string> prints;
  programmer::PrescribeWords words;
  unsigned confirmed = 0;
  std::string volume, dose, measured, capacity, fill, duration, to, what;
  std::uint32_t from_seq = 1;
  bool not_running = false;
  bool correct = false;
  // The last review that was shown, of this run; for whoever reads JSON.
  mutable std::optional<programmer::Review> reviewed;
};

constexpr const char* kFooter = R"(Exit codes:
  0  done; dialogue and end: therapy runs as programmed
  1  refused, by the rules or by the pump; dialogue and end: therapy does not run
  2  wrong words or files, or confirmations are missing; nothing was done
  3  left open: the pump does not answer, what became of something is not known, or the input ended

Ctrl-C, SIGTERM and the end of the input leave the pump as it is; the dialogue then proves how that is, and prints its session.)";

// `signals`: Ctrl-C and its like end the input. `prompts`: where questions go, stdout unless that is for a program.
class Terminal final : public programmer::Talk {
 public:
  explicit Terminal(SignalPipe* signals = nullptr, std::FILE* prompts = stdout) : signals_(signals), prompts_(prompts) {}
  void say(const std::string& text) override {
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
  }
  std::optional<std::string> ask(const std::string& prompt) override {
    std::fprintf(prompts_, "%s", prompt.c_str());
    std::fflush(prompts_);
    for (;;) {
      if (const std::size_t end = typed_.find('\n'); end != std::string::npos) {
        std::string line = typed_.substr(0, end);
        typed_.erase(0, end + 1);
        return line;
      }
      if (!fill()) break;
    }
    if (ended_ || typed_.empty()) return std::nullopt;
    return std::exchange(typed_, {});
  }

 private:
  // False: nothing more will be typed, or somebody asked for the end.
  bool fill() {
    std::array<pollfd, 2> waits{{{STDIN_FILENO, POLLIN, 0}, {signals_ == nullptr ? -1 : signals_->fd(), POLLIN, 0}}};
    while (::poll(waits.data(), waits.size(), -1) < 0) {
      if (errno != EINTR) return false;
    }
    ended_ = ended_ || waits[1].revents != 0;
    if (ended_) return false;
    std::array<char, 4096> bytes{};
    const auto got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got <= 0) return got < 0 && errno == EINTR;
    typed_.append(bytes.data(), static_cast<std::size_t>(got));
    return true;
  }

  SignalPipe* signals_;
  std::FILE* prompts_;
  std::string typed_;  // and not yet asked for
  bool ended_ = false;
};

int exit_code_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kRefused:
      return kExitFail;
    case ErrorCode::kTimeout:
    case ErrorCode::kCorrupt:
    case ErrorCode::kUnavailable:
    case ErrorCode::kProtocol:
      return kExitOpen;
    default:
      return kExitError;
  }
}

int answer(const ProgrammerOptions& options, const json::Node& json, const std::string& text, int code = kExitPass) {
  const std::string line = options.json ? json::to_text(json, 0) : text;
  std::printf("%s%s", line.c_str(), line.ends_with('\n') ? "" : "\n");
  return code;
}

// What a command came to, and how it leaves the pump: a program that was written is not yet therapy (REQ-905).
int leave(const ProgrammerOptions& options, Desk& desk, json::Node json, const std::string& text, int code = kExitPass) {
  const auto proof = desk.prove();
  json::add_member(json, "proof", programmer::proof_answer(proof));
  answer(options, json, text, code);
  if (!proof.banner.empty()) std::fprintf(stderr, "*** %s ***\n", proof.banner.c_str());
  return code;
}
Result<int> leave(const ProgrammerOptions& options, Desk& desk, const Result<Done>& done) {
  TRY(done);
  return leave(options, desk, programmer::done_answer(*done), done->text, done->refused ? kExitFail : kExitPass);
}

// Asked at the terminal, or given by --confirm.
programmer::Consent consent(const ProgrammerOptions& options) {
  programmer::Consent out;
  out.reviewed = [&options](const programmer::Review& review) { options.reviewed = review; };
  out.given = options.confirmed;
  out.how = "give --confirm ";
  if (::isatty(STDIN_FILENO) == 0 || options.confirmed != 0) return out;
  out.ask = [&options](const programmer::Review& review, bool again) {
    Terminal terminal(nullptr, options.json ? stderr : stdout);
    const auto typed = terminal.ask(again ? review.second_question() + ": " : review.text() + "Is all of this right and meant? Type yes: ");
    return typed && (again ? review.confirms_again(*typed) : *typed == "yes");
  };
  return out;
}

Result<int> status(const ProgrammerOptions& options, Desk& desk) {
  TRY(desk.look());
  return answer(options, programmer::status_answer(desk), desk.state_page());
}

Result<int> prescribe(const ProgrammerOptions& options, Desk& desk) {
  TRY_ASSIGN(const auto review, desk.prescribe(options.words, consent(options)));
  return leave(options, desk, programmer::review_answer(review, "programmed"), "Programmed and read back bit for bit:\n" + review.text());
}
Result<int> review(const ProgrammerOptions& options, Desk& desk) {
  TRY_ASSIGN(const auto review, desk.review(options.words));
  return answer(options, programmer::review_answer(review, "reviewed"), review.text(), review.refused() ? kExitFail : kExitPass);
}

Result<int> refill(const ProgrammerOptions& options, Desk& desk) {
  programmer::RefillEntry entry;
  TRY_ASSIGN(entry.volume_nl, programmer::read_volume(options.volume));
  entry.correct = options.correct;
  if (!options.measured.empty()) {
    TRY_ASSIGN(entry.measured_nl, programmer::read_volume(options.measured));
  }
  if (!options.capacity.empty()) {
    TRY_ASSIGN(entry.capacity_nl, programmer::read_volume(options.capacity));
  }
  if (options.fill == "first") entry.fill = programmer::Fill::kFirst;
  if (options.fill == "later") entry.fill = programmer::Fill::kLater;
  if (options.fill == "diluted") entry.fill = programmer::Fill::kLaterDiluted;
  TRY_ASSIGN(const auto present, desk.look());
  TRY_ASSIGN(const auto done, desk.refill(entry, consent(options)));
  const std::string judged = programmer::residual_text(done.judged_by_pump);
  const std::string text = (entry.correct ? "Corrected and read back:\n" : "Entered and read back:\n") + done.review.text() +
                           (judged.empty() ? "" : "Of what was found " + judged + ".\n");
  return leave(options, desk, programmer::refill_answer(done, entry, present), text);
}

Result<int> show_log(const ProgrammerOptions& options, Desk& desk) {
  TRY_ASSIGN(const auto log, desk.log(options.from_seq));
  Table table({{"entry", Table::Align::kRight}, {"pump's age", Table::Align::kRight}, {"its calendar"}, {"what"}});
  for (const auto& entry : log.entries) {
    const std::string date = programmer::entry_date_text(entry, desk.status());
    table.add({std::to_string(entry.seq), programmer::span_text(static_cast<std::uint64_t>(clients::pump_seconds(entry.rtc_ticks))),
               date.empty() ? "not set" : date, programmer::log_text(entry)});
  }
  return answer(options, programmer::log_answer(log, desk.status()), table.text(false) + "\n" + programmer::chain_text(log) + "\n");
}

// One action, without a question: an emergency has no time for a dialogue.
Result<int> stop(const ProgrammerOptions& options, Desk& desk) {
  TRY_ASSIGN(const auto done, desk.stop());
  return answer(options, programmer::done_answer(done), done.text, done.refused ? kExitFail : kExitPass);
}
Result<int> start(const ProgrammerOptions& options, Desk& desk) {
  return leave(options, desk, desk.start());
}
Result<int> prime(const ProgrammerOptions& options, Desk& desk) {
  return leave(options, desk, desk.prime(options.volume, consent(options)));
}
Result<int> bolus(const ProgrammerOptions& options, Desk& desk) {
  if (options.volume.empty() == options.dose.empty())
    return fail(ErrorCode::kInvalidArgument, "give the bolus as one of --dose \"0.5 mg\" and --volume \"25 uL\"");
  return leave(options, desk, desk.bolus(options.dose + options.volume, options.duration, consent(options)));
}
Result<int> cancel(const ProgrammerOptions& options, Desk& desk) {
  if (options.what.empty()) return leave(options, desk, desk.cancel());
  return leave(options, desk, options.what == "bolus" ? desk.cancel_bolus() : desk.cancel_prime());
}
Result<int> set_clock(const ProgrammerOptions& options, Desk& desk) {
  return leave(options, desk, desk.set_clock(options.to));
}
Result<int> clear(const ProgrammerOptions& options, Desk& desk) {
  return leave(options, desk, desk.clear_alarms());
}
Result<int> silence(const ProgrammerOptions& options, Desk& desk) {
  return leave(options, desk, desk.silence(options.duration));
}
Result<int> update(const ProgrammerOptions& options, Desk& desk) {
  TRY_ASSIGN(const auto image, programmer::read_image_file(options.what));
  TRY_ASSIGN(const auto done, desk.update(image));
  return answer(options, programmer::done_answer(done), done.text, done.refused ? kExitFail : kExitPass);
}
Result<int> test_alarm(const ProgrammerOptions& options, Desk& desk) {
  return leave(options, desk, desk.test_alarm());
}
Result<int> self_test(const ProgrammerOptions& options, Desk& desk) {
  return leave(options, desk, desk.self_test());
}

Result<int> end(const ProgrammerOptions& options, Desk& desk) {
  static_cast<void>(desk.look());  // for the date of the next refill on the page; a pump that does not answer is the proof's to tell
  const auto proof = desk.prove();
  const int code = !proof.known ? kExitOpen : proof.banner.empty() || (options.not_running && proof.as_written) ? kExitPass : kExitFail;
  const std::string page = proof.known && !proof.as_written ? "\n" + desk.state_page() : "";
  answer(options, programmer::proof_answer(proof), proof.banner.empty() ? proof.text : "*** " + proof.banner + " ***" + page);
  return code;
}

Result<int> dialogue(const ProgrammerOptions& options, Desk& desk) {
  if (options.json) return fail(ErrorCode::kInvalidArgument, "a dialogue is for people; print its session with --print FILE.json");
  SignalPipe signals;
  Terminal terminal(&signals);
  using End = programmer::Dialogue::End;
  switch (programmer::Dialogue(desk, terminal).run()) {
    case End::kRunning:
      return kExitPass;
    case End::kNotRunning:
      return kExitFail;
    case End::kUnknown:
    case End::kInputEnded:
      break;
  }
  return kExitOpen;
}

Result<int> library(const ProgrammerOptions& options) {
  std::string text;
  for (const auto& drug : programmer::drug_library()) text += std::string(drug.name) + "\n" + programmer::limits_text(drug) + "\n";
  return answer(options, programmer::library_answer(), text + "Examples for a simulator, from published labels. No advice.");
}

using Act = Result<int> (*)(const ProgrammerOptions&, Desk&);

// Before anything is done: what can not be printed afterwards would leave no trace of it.
Status can_print(const std::string& file) {
  errno = 0;
  if (std::ofstream(file, std::ios::app)) return {};
  return fail(ErrorCode::kInvalidArgument, std::string("the session can not be printed there: ") + std::strerror(errno == 0 ? EIO : errno),
              file);
}

// The link itself, before an exchange begins: a pump that is not there is not a wrong word.
Result<programmer::PumpLine> open_line(const ProgrammerOptions& options, bool urgent) {
  auto line = programmer::PumpLine::open(options.link, options.keys, {}, Duration::max(), urgent);
  if (line) return line;
  Error why = line.error();
  if (why.code == ErrorCode::kNotFound && options.keys.empty()) why.code = ErrorCode::kUnavailable;
  if (urgent) why.text = programmer::unstopped_text() + why.text;
  return tl::unexpected<Error>(std::move(why));
}

Result<int> at_the_desk(const ProgrammerOptions& options, Act act) {
  if (options.link.empty()) return fail(ErrorCode::kInvalidArgument, "name the pump's link: --link pty:DIR/pump of a rig twin");
  for (const auto& file : options.prints) TRY(can_print(file));
  TRY_ASSIGN(auto line, open_line(options, act == &stop));
  programmer::Journal journal(&exec::utc_now_ns);
  Desk desk(line.session(), journal);
  auto code = act(options, desk);
  for (const auto& file : options.prints) {
    const auto printed = journal.print(file);
    if (!printed && code) code = tl::unexpected<Error>(printed.error());
  }
  return code;
}

// What went wrong: for people on stderr, for programs as JSON on stdout, with the review that it is about.
int complained(const ProgrammerOptions& options, const Error& error) {
  const int code = exit_code_of(error);
  if (!options.json) {
    complain(error);
    return code;
  }
  const bool few = error.code == ErrorCode::kInvalidArgument && options.reviewed;
  json::Node out = json::object_node({{"outcome", json::text_node(few                                 ? "needs_confirmation"
                                                                  : error.code == ErrorCode::kRefused ? "refused"
                                                                  : exit_code_of(error) == kExitOpen  ? "open"
                                                                                                      : "error")},
                                      {"code", json::text_node(to_text(error.code))},
                                      {"text", json::text_node(error.text)}});
  if (options.reviewed) json::add_member(out, "review", programmer::review_answer(*options.reviewed, "reviewed"));
  std::printf("%s\n", json::to_text(out, 0).c_str());
  return code;
}

// Where the pump does not answer, what may make it.
Error told_of_magnet(Error error) {
  if (error.code == ErrorCode::kTimeout) error.text += ". " + programmer::magnet_text();
  return error;
}

void add_prescription(CLI::App& sub, ProgrammerOptions& options) {
  auto& words = options.words;
  sub.add_option("--drug", words.drug, "of the library: morphine sulfate, ziconotide, baclofen")->required();
  sub.add_option("--concentration", words.concentration, "\"20 mg/mL\", \"25 mcg/mL\"")->required();
  sub.add_option("--dose", words.dose, "\"5 mg/day\", \"90 mcg/day\", \"2 mcg/h\"");
  sub.add_option("--schedule", words.schedule, "\"daily 00:00 4 mg/day; daily 07:00 6 mg/day\"");
  sub.add_flag("--minimum-rate", words.minimum_rate, "therapy off, the rotor kept turning");
  sub.add_option("--periodic-dose", words.periodic_dose, "of a bolus at a constant interval beside the dose, \"0.25 mg\" or \"12.5 uL\"");
  sub.add_option("--periodic-duration", words.periodic_duration, "\"10 min\"");
  sub.add_option("--periodic-interval", words.periodic_interval, "from the start of one to the start of the next, \"6 h\"");
  sub.add_option("--bolus-dose", words.bolus_dose, "of a patient's bolus, \"0.25 mg\"");
  sub.add_option("--bolus-duration", words.bolus_duration, "\"10 min\"");
  sub.add_option("--bolus-lockout", words.bolus_lockout, "\"3 h\"");
  sub.add_option("--boluses-per-day", words.boluses_per_day, "most in any 24 hours");
  sub.add_option("--pump-tube", words.pump_tube, "volume from reservoir to port [as before, else 199 uL]");
  sub.add_option("--catheter", words.catheter, "volume of the catheter [as before, else 176 uL]");
  sub.add_option("--low-reservoir", words.low_reservoir, "volume of the low alarm [as before, else 2 mL]");
}

}  // namespace

void add_programmer(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<ProgrammerOptions>();
  auto* command =
      app.add_subcommand("programmer", "Play the physician: look at the pump, prescribe, refill, prime, stop; or all as a dialogue");
  command->require_subcommand(1);
  command->footer(kFooter);
  command->add_option("--link", options->link, "the pump's link, for example pty:DIR/pump of a rig twin");
  command->add_option("--keys", options->keys, "folder with clinician.key, for a pump that has keys");
  command->add_flag("--json", options->json, "the answer as JSON");
  command->add_option("--print", options->prints,
                      "file for the printed session: what was reviewed, confirmed, written, read back; NAME.json for JSON");
  const auto add = [&](const char* name, const char* help, Act act) {
    auto* sub = command->add_subcommand(name, help);
    sub->fallthrough();  // --link, --json and --print may stand behind it
    sub->callback([options, &outcome, act] {
      const auto code = at_the_desk(*options, act);
      outcome.exit_code = code ? *code : complained(*options, told_of_magnet(code.error()));
    });
    return sub;
  };
  const auto confirmed = [&](CLI::App* sub) {
    sub->add_option("--confirm", options->confirmed,
                    "so many confirmations are given herewith; without it they are asked for at the terminal");
  };
  add("dialogue",
      "Be asked one thing at a time, until the state of the pump is proved. Exit code 0: therapy runs, 1: it does not, 3: left open",
      &dialogue);
  command->add_subcommand("library", "Show the drugs and their limits")->callback([options, &outcome] {
    const auto code = library(*options);
    outcome.exit_code = code ? *code : complain(code.error());
  });
  add("status", "Interrogate the pump: therapy, rate, dose, reservoir, alarms", &status);
  add_prescription(*add("review", "Show what a prescription comes to, and change nothing", &review), *options);
  auto* sub = add("prescribe", "Review a prescription with its units spelled out, confirm it, program it and read it back", &prescribe);
  add_prescription(*sub, *options);
  confirmed(sub);
  add("start", "Start or resume therapy", &start);
  add("stop", "Stop therapy at once, without a question", &stop);
  sub = add("refill", "Enter a refill; with --measured, judge what was found in the pump", &refill);
  sub->add_option("--volume", options->volume, "in the reservoir after filling, \"20 mL\"")->required();
  sub->add_option("--measured", options->measured, "drawn out before");
  sub->add_option("--capacity", options->capacity, "of the pump that is meant, by the patient's card; another one's is refused");
  sub->add_option("--fill", options->fill, "first, later or diluted: how long the drug is stable [by the pump's log and the library]")
      ->check(CLI::IsMember({"first", "later", "diluted"}));
  sub->add_flag("--correct", options->correct, "nothing was filled in: --volume was entered wrong at the last refill");
  confirmed(sub);
  sub = add("prime", "Fill a dry path after an implant", &prime);
  sub->add_option("--volume", options->volume, "at most pump tube and catheter [both]");
  confirmed(sub);
  sub = add("bolus", "Give a single bolus", &bolus);
  sub->add_option("--volume", options->volume, "\"25 uL\"");
  sub->add_option("--dose", options->dose, "\"0.5 mg\"");
  sub->add_option("--duration", options->duration, "\"30 min\"")->required();
  confirmed(sub);
  sub = add("cancel", "End the bolus or the priming that runs", &cancel);
  sub->add_option("WHAT", options->what, "bolus or priming [what runs]")->check(CLI::IsMember({"bolus", "priming"}));
  sub = add("clock", "Set the calendar by which a day schedule goes", &set_clock);
  sub->add_option("--to", options->to, "the patient's wall clock, \"2026-03-02 08:00:00\"")->required();
  sub = add("log", "Read the event log", &show_log);
  sub->add_option("--from", options->from_seq, "first entry")->capture_default_str();
  add("clear", "Clear the alarms that can be", &clear);
  sub = add("silence", "Silence the alarm for a while", &silence);
  sub->add_option("--for", options->duration, "at most 24 h")->required();
  add("test-alarm", "Sound both alarms", &test_alarm);
  add("self-test", "Have a stopped pump test itself in full, and name every part that fails", &self_test);
  sub = add("update", "Give a stopped pump a signed firmware image, and see that it starts it", &update);
  sub->add_option("IMAGE", options->what, "the image file that its maker signed: rig image sign")->required();
  sub = add("end", "Prove the state of the pump. Exit code 0: therapy runs as programmed, 1: it does not, 3: nobody answers", &end);
  sub->add_flag("--not-running", options->not_running, "therapy is meant not to run");
}

}  // namespace pumprig::cli
