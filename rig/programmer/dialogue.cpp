#include "rig/programmer/dialogue.h"

#include <algorithm>
#include <cctype>

#include "rig/base/calendar.h"
#include "rig/programmer/pump_line.h"
#include "rig/programmer/say.h"

namespace pumprig::programmer {
namespace {

struct Choice {
  const char* name;
  const char* help;
};
constexpr Choice kMenu[] = {
    {"prescribe", "drug, concentration, dose, patient's boluses: reviewed, confirmed, programmed"},
    {"start", "start or resume therapy"},
    {"refill", "what was drawn out and filled in; when the next refill is due"},
    {"correct", "a volume that was entered wrong at the last refill"},
    {"prime", "fill a dry path after an implant"},
    {"bolus", "a single bolus"},
    {"cancel", "end the bolus or the priming that runs"},
    {"alarms", "see, silence, clear, test; self test"},
    {"clock", "set the pump's calendar"},
    {"log", "what the pump remembers"},
    {"status", "look at the pump again"},
    {"end", "prove the state of the pump and end the session"},
};

std::string trimmed(std::string text) {
  const auto blank = [](unsigned char c) { return c <= ' '; };
  while (!text.empty() && blank(static_cast<unsigned char>(text.back()))) text.pop_back();
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), blank));
  return text;
}

// In whatever letters, and with whatever emphasis: "STOP!".
bool means_stop(std::string text) {
  while (text.ends_with('!') || text.ends_with('.')) text.pop_back();
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text == "stop";
}

std::string trimmed_end(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string menu_page() {
  std::string out = "What do you want to do?\n";
  int number = 1;
  for (const Choice& choice : kMenu) {
    const std::string name = choice.name;
    out += (number < 10 ? "  " : " ") + std::to_string(number) + " " + name + std::string(11 - name.size(), ' ') + choice.help + "\n";
    ++number;
  }
  return out + "At every question: \"stop\" stops therapy at once, \"back\" leaves it, \"?\" explains it.";
}

// The choice that was named or numbered; empty: none.
std::string chosen(const std::string& typed) {
  int number = 1;
  for (const Choice& choice : kMenu) {
    if (typed == choice.name || typed == std::to_string(number)) return choice.name;
    ++number;
  }
  return {};
}

std::string barred(const std::string& text) {
  const std::string bar(78, '*');
  return bar + "\n* " + text + "\n" + bar;
}
std::string framed(const std::string& banner) {
  return barred(banner + "\n* The patient must not leave like this.");
}

}  // namespace

std::optional<std::string> Dialogue::question(const Question& asked) {
  const std::string prompt = asked.prompt + (asked.otherwise.empty() ? "" : " [" + asked.otherwise + "]") + ": ";
  for (left_ = true;;) {
    auto typed = talk_.ask(prompt);
    if (!typed) {
      ended_ = true;
      return std::nullopt;
    }
    std::string answer = trimmed(*typed);
    if (means_stop(answer)) {
      emergency_stop();
      return std::nullopt;
    }
    auto& journal = desk_.journal();
    journal.note(Noted::kAsked, trimmed(asked.prompt));
    if (answer == "back" || answer == "?") journal.note(Noted::kAnswered, answer);
    if (answer == "back") return std::nullopt;
    if (answer == "?") {
      say(asked.explained);
      continue;
    }
    if (answer.empty()) answer = asked.otherwise;
    const std::string wrong = answer.empty() ? "an answer is needed here" : asked.check ? asked.check(answer) : std::string();
    journal.note(Noted::kAnswered, wrong.empty() ? answer : "\"" + answer + "\" was not taken: " + wrong);
    if (wrong.empty()) {
      left_ = false;
      return answer;
    }
    say("  Not taken: " + wrong + ".");
  }
}

std::optional<bool> Dialogue::yes(const std::string& prompt, const std::string& explained) {
  const auto answer = question({.prompt = prompt + " (yes/no)", .explained = explained, .check = [](const std::string& text) {
                                  return text == "yes" || text == "no" ? "" : "type yes or no";
                                }});
  if (!answer) return std::nullopt;
  return *answer == "yes";
}

// The first confirmation is a plain yes, the second one the dose itself; anything else confirms nothing.
Consent Dialogue::consent() {
  Consent out;
  out.ask = [this](const Review& review, bool again) {
    if (!again) {
      say("Review this:\n" + trimmed_end(review.text()));
      const auto agreed = yes("Is all of this right and meant", "Read each figure with its unit. \"no\" changes nothing.");
      return agreed.value_or(false);
    }
    const auto typed =
        question({.prompt = review.second_question(),
                  .explained = "A big change is confirmed with what it comes to, so that a slip of the unit is seen. Type \"no\" "
                               "to change nothing."});
    if (!typed) return false;
    if (review.confirms_again(*typed)) return true;
    say("  That is not what the review says; nothing is changed.");
    return false;
  };
  return out;
}

void Dialogue::say_error(const Error& error) {
  switch (error.code) {
    case ErrorCode::kTimeout:
    case ErrorCode::kCorrupt:
    case ErrorCode::kUnavailable:
      say("The link to the pump is lost: " + error.text +
          ".\nWhat the last command came to is UNKNOWN until the pump answers again; \"status\" asks.\n" + magnet_text());
      come_back();
      return;
    case ErrorCode::kProtocol:
      say(barred(error.text));
      return;
    default:
      say(trimmed_end(error.text));
  }
}

void Dialogue::come_back() {
  const auto back = desk_.come_back();
  if (!back && back.error().code == ErrorCode::kProtocol) say(barred(back.error().text));
}

void Dialogue::say(const Result<Done>& done) {
  if (!done) return say_error(done.error());
  say(done->text);
}

void Dialogue::look() {
  const auto now = desk_.look();
  if (!now) return say_error(now.error());
  say_news();
  say(desk_.state_page());
}

void Dialogue::say_news() {
  if (const auto news = desk_.news(); !news.empty()) say("Now it is known: " + news + ".");
}

void Dialogue::emergency_stop() {
  desk_.journal().note(Noted::kAnswered, "stop");
  auto stopped = desk_.stop();
  if (!stopped && desk_.come_back()) stopped = desk_.stop();  // stopping twice does no harm, not having stopped does
  say(stopped);
}

void Dialogue::menu(const std::string& choice) {
  if (choice == "prescribe") return prescribe();
  if (choice == "start") return say(desk_.start());
  if (choice == "refill") return refill();
  if (choice == "correct") return correct();
  if (choice == "prime") return prime();
  if (choice == "bolus") return bolus();
  if (choice == "alarms") return alarms();
  if (choice == "clock") return set_clock();
  if (choice == "log") return show_log();
  if (choice == "status") return look();
  say(desk_.cancel());
}

Dialogue::End Dialogue::run() {
  say("This pump is " + desk_.pump_text() + ".");
  look();
  say("\n" + menu_page());
  const Question what_next{.prompt = "\nWhat next (? for the list)", .explained = menu_page(), .check = [](const std::string& text) {
                             return chosen(text).empty() ? "\"" + text + "\" is not in the list; type a number or a word of it" : "";
                           }};
  while (!ended_) {
    const auto choice = question(what_next);
    if (!choice) continue;
    if (chosen(*choice) != "end") {
      menu(chosen(*choice));
      continue;
    }
    if (const auto how = end()) return *how;
  }
  say("\nThe input has ended. Nothing more is changed; the pump is left as it is:");
  const Proof proof = desk_.prove();
  say(proof.banner.empty() ? proof.text : framed(proof.banner));
  return End::kInputEnded;
}

// None: the session goes on.
std::optional<Dialogue::End> Dialogue::end() {
  for (;;) {
    const Proof proof = desk_.prove();
    say_news();
    if (proof.banner.empty()) {
      say(proof.text);
      return End::kRunning;
    }
    say(framed(proof.banner));
    if (proof.known && !proof.as_written) say(desk_.state_page());
    const std::string meant = !proof.known ? "unknown" : proof.as_written ? "not running" : "another program";
    const auto typed = question(
        {.prompt = "Type \"start\" to start therapy, \"again\" to ask the pump once more, \"back\" for the list, or \"" + meant +
                   "\" to end the session all the same",
         .explained = "A session was once ended in the belief that therapy ran, and the patient went home without it.",
         .check = [&](const std::string& text) { return text == "start" || text == "again" || text == meant ? "" : "type one of these"; }});
    if (!typed) return std::nullopt;
    if (*typed == meant) return proof.known ? End::kNotRunning : End::kUnknown;
    if (*typed == "start") {
      say(desk_.start());
    } else {
      come_back();
    }
  }
}

void Dialogue::refill() {
  const auto volume_check = [](const std::string& text) { return fault_of(read_volume(text)); };
  RefillEntry entry;
  const auto drawn =
      question({.prompt = "Drawn out of the reservoir before filling",
                .explained = "What the syringe drew out, \"4 mL\": held against what the pump expects, it shows whether the pump gave "
                             "too much or too little. \"not measured\" leaves this out.",
                .otherwise = "not measured",
                .check = [&](const std::string& text) { return text == "not measured" ? "" : volume_check(text); }});
  if (!drawn) return;
  if (*drawn != "not measured") entry.measured_nl = *read_volume(*drawn);
  if (!ask_capacity(entry)) return;
  const auto volume = ask_volume("Volume in the reservoir after filling");
  if (!volume) return;
  entry.volume_nl = *read_volume(*volume);
  if (!ask_fill(entry)) return;
  const auto done = confirmed([&] { return desk_.refill(entry, consent()); });
  if (!done) return say_error(done.error());
  const std::string judged = residual_text(done->judged_by_pump);
  say("The pump holds " + volume_text(entry.volume_nl) + "." + (judged.empty() ? "" : "\nOf what was found " + judged + ".") +
      (done->next ? " Next refill " + done->next->text(desk_.present().local_time_s, desk_.present().replace_by_s) + "." : ""));
}

void Dialogue::correct() {
  RefillEntry entry;
  entry.correct = true;
  if (!ask_capacity(entry)) return;
  const auto volume = ask_volume("Volume that is in the reservoir now");
  if (!volume) return;
  entry.volume_nl = *read_volume(*volume);
  const auto done = confirmed([&] { return desk_.refill(entry, consent()); });
  if (!done) return say_error(done.error());
  say("Corrected: the pump holds " + volume_text(entry.volume_nl) + ".");
}

bool Dialogue::ask_capacity(RefillEntry& entry) {
  const auto capacity =
      question({.prompt = "The reservoir of this patient's pump holds, by the patient's card",
                .explained = "Another volume than the pump's own means another patient or another refill, and is refused.",
                .check = [&](const std::string& text) {
                  const auto nl = read_volume(text);
                  return nl ? wrong_capacity(*nl, desk_.present()) : nl.error().text;
                }});
  if (capacity) entry.capacity_nl = *read_volume(*capacity);
  return capacity.has_value();
}

std::optional<std::string> Dialogue::ask_volume(const std::string& prompt) {
  return question({.prompt = prompt,
                   .explained = "All that is in it now, \"20 mL\", at most what this pump holds.",
                   .check = [&](const std::string& text) {
                     const auto nl = read_volume(text);
                     if (!nl) return nl.error().text;
                     return *nl <= desk_.present().capacity_nl ? std::string()
                                                               : "this pump holds " + volume_text(desk_.present().capacity_nl) + ", and " +
                                                                     volume_text(*nl) + " do not fit into it";
                   }});
}

// Only where the drug keeps for a time: how long hangs on the fill, and the pump's log may not tell it.
bool Dialogue::ask_fill(RefillEntry& entry) {
  const Present& present = desk_.present();
  const Drug* drug = present.programmed ? find_drug(present.program.drug) : nullptr;
  if (drug == nullptr || drug->stable_days == 0) return true;
  const auto by_log = next_fill_kind(*drug, present);
  static constexpr std::pair<const char*, Fill> kKinds[] = {
      {"first", Fill::kFirst}, {"later", Fill::kLater}, {"diluted", Fill::kLaterDiluted}};
  std::string otherwise = "not known";
  for (const auto& [name, kind] : kKinds) {
    if (by_log == kind) otherwise = name;
  }
  const auto typed =
      question({.prompt = "Of " + std::string(drug->name) +
                          " this is the first fill, a later one, or a later one of a diluted drug (first/later/diluted/not known)",
                .explained = "How long the drug keeps in the pump hangs on it. In brackets: by the pump's log.",
                .otherwise = otherwise,
                .check = [](const std::string& text) {
                  const bool known = text == "first" || text == "later" || text == "diluted" || text == "not known";
                  return known ? "" : "type one of these";
                }});
  if (!typed) return false;
  for (const auto& [name, kind] : kKinds) {
    if (*typed == name) entry.fill = kind;
  }
  return true;
}

void Dialogue::prime() {
  const std::uint32_t path = desk_.present().program.pump_tube_nl + desk_.present().program.catheter_nl;
  const auto volume =
      question({.prompt = "Volume to prime",
                .explained = "Of the dry path: pump tube and catheter after an implant, the catheter alone after its replacement.",
                .otherwise = path == 0 ? "" : volume_words(path),
                .check = [](const std::string& text) { return fault_of(read_volume(text)); }});
  if (volume) say(confirmed([&] { return desk_.prime(*volume, consent()); }));
}

void Dialogue::bolus() {
  const auto dose =
      question({.prompt = "Dose or volume of the bolus", .explained = "\"0.5 mg\", or \"25 uL\".", .check = [&](const std::string& text) {
                  return fault_of(read_bolus_volume(text, desk_.present()));
                }});
  if (!dose) return;
  const auto span = question({.prompt = "Given within", .explained = "\"30 min\", at most 24 h.", .check = [](const std::string& text) {
                                return fault_of(read_span(text));
                              }});
  if (span) say(confirmed([&] { return desk_.bolus(*dose, *span, consent()); }));
}

void Dialogue::alarms() {
  look();
  const auto what = question(
      {.prompt = "silence, clear, test, self-test or back",
       .explained = "Silencing keeps the alarm. Clearing it takes a halted pump out of its halt; therapy is then stopped, and \"start\" "
                    "starts it. A self test needs a stopped pump.",
       .check = [](const std::string& text) {
         return text == "silence" || text == "clear" || text == "test" || text == "self-test" ? "" : "type one of these";
       }});
  if (!what) return;
  if (*what == "clear") return say(desk_.clear_alarms());
  if (*what == "test") return say(desk_.test_alarm());
  if (*what == "self-test") return say(desk_.self_test());
  const auto span = question({.prompt = "Silent for",
                              .explained = "At most 24 h; a new critical alarm sounds all the same.",
                              .otherwise = "30 min",
                              .check = [](const std::string& text) { return fault_of(read_silence(text, clients::Role::kClinician)); }});
  if (span) say(desk_.silence(*span));
}

void Dialogue::set_clock() {
  const auto to = question({.prompt = "Date and time where the patient lives, as 2026-03-02 08:00:00",
                            .explained = "A day schedule goes by it; lockouts and counts do not.",
                            .check = [](const std::string& text) { return fault_of(read_calendar(text)); }});
  if (to) say(desk_.set_clock(*to));
}

void Dialogue::show_log() {
  const auto log = desk_.log();
  if (!log) return say_error(log.error());
  std::string text;
  for (const auto& entry : log->entries) {
    const std::string date = entry_date_text(entry, desk_.status());
    text += std::to_string(entry.seq) + "  " + (date.empty() ? "" : date + "  ") +
            span_text(static_cast<std::uint64_t>(clients::pump_seconds(entry.rtc_ticks))) + "  " + log_text(entry) + "\n";
  }
  say(text + chain_text(*log) + "\n");
}

}  // namespace pumprig::programmer
