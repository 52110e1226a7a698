// The physician programmer as a dialogue: asks one thing at a time, explains a limit where it binds, shows the review, has it confirmed,
// reads back, and does not let a session end silently that leaves the patient without therapy.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "rig/programmer/desk.h"

namespace pumprig::programmer {

// Where a dialogue is held.
class Talk {
 public:
  virtual ~Talk() = default;
  virtual void say(const std::string& text) = 0;
  // What was typed; nullopt: the input has ended.
  virtual std::optional<std::string> ask(const std::string& prompt) = 0;
};

// What is wrong with a text that was read; empty: nothing.
template <typename Read>
std::string fault_of(const Read& read) {
  return read ? "" : read.error().text;
}

class Dialogue {
 public:
  enum class End : std::uint8_t {
    kRunning,     // therapy runs, and the program is the one that was written
    kNotRunning,  // it does not, and the physician said that this is meant
    kUnknown,     // the pump does not answer
    kInputEnded,  // nobody is there any more; the pump was left as it is
  };

  Dialogue(Desk& desk, Talk& talk) : desk_(desk), talk_(talk) {}
  End run();

 private:
  // What is wrong with an answer; empty: nothing.
  using Check = std::function<std::string(const std::string&)>;
  struct Question {
    std::string prompt;
    std::string explained;       // said to "?"
    std::string otherwise = {};  // taken for an empty answer; empty: one is needed
    Check check = {};
  };
  // The answer; nullopt: leave what is being done (typed "back" or "stop", or the input has ended).
  std::optional<std::string> question(const Question& asked);
  std::optional<bool> yes(const std::string& prompt, const std::string& explained);
  Consent consent();

  void menu(const std::string& choice);
  void prescribe();
  void refill();
  void correct();
  bool ask_capacity(RefillEntry& entry);
  bool ask_fill(RefillEntry& entry);
  std::optional<std::string> ask_volume(const std::string& prompt);
  // Shows anew what the pump has changed under the reader's eyes.
  template <typename Act>
  auto confirmed(Act act) {
    auto done = act();
    while (!done && desk_.changed_meanwhile()) {
      say_error(done.error());
      done = act();
    }
    return done;
  }
  void prime();
  void bolus();
  void alarms();
  void set_clock();
  void show_log();
  void emergency_stop();
  std::optional<End> end();
  void look();
  void say_news();
  void come_back();  // to a line that has gone
  void say_error(const Error& error);
  void say(const Result<Done>& done);
  void say(const std::string& text) { talk_.say(text); }

  // Of a prescription, dialogue_prescribe.cpp
  using Step = bool (Dialogue::*)();
  bool ask_drug();
  bool ask_concentration();
  bool ask_base();
  bool ask_boluses();
  bool ask_path();
  bool ask_low_alarm();
  bool ask_schedule();
  bool ask_periodic();
  bool review_and_program();
  bool ask_change();
  bool change(const std::string& what);
  // What the rules say of one part of the prescription as it has been given so far; refusals only, or everything.
  std::string said_of(const PrescribeWords& words, About about, bool refusals) const;

  Desk& desk_;
  Talk& talk_;
  PrescribeWords words_;
  bool left_ = false;   // the last question was left without an answer
  bool ended_ = false;  // the input
};

}  // namespace pumprig::programmer
