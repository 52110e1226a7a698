// What to run, and who is told how it goes.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rig/base/result.h"
#include "rig/session/report.h"

namespace pumprig::scenario {
class HandRun;
}

namespace pumprig::session {

struct RunRequest {
  std::string scenario;                      // a file, or the name of a bundled scenario
  std::optional<std::string> scenario_text;  // when given, `scenario` is only its name in messages
  std::string bench = "virtual";             // "virtual", "virtual-arm", "virtual-arm-wire" or a bench file
  std::vector<std::pair<std::string, std::string>> sets;
  std::uint64_t seed = 1;
  // Scenario seconds per wall second; 0: as fast as possible (virtual time); none: as the bench allows (virtual "max", ports 1).
  std::optional<double> speed;
  bool gdb = false;          // virtual-arm: wait for a debugger
  std::string out = "runs";  // folder in which the run gets its own
  std::vector<std::pair<std::string, std::string>> key_values;
  std::string operator_name;
  // Of a run by hand: the text of the script, and the command that runs it again.
  std::string script;
  std::string script_command;
};

// "max" or a number above 0; kInvalidArgument else.
Result<double> parse_speed(std::string_view text);
std::string speed_text(double speed);
// "NAME=VALUE".
Result<std::pair<std::string, std::string>> parse_set(std::string_view text);
// The command line that repeats it, quoted for a shell.
std::string repeat_command(const RunRequest& request);

// One JSON object, and back: the parameters of the daemon's run.submit. What the text leaves out is as in `defaults`. kInvalidArgument
// names the member.
std::string to_json(const RunRequest& request);
Result<RunRequest> request_from_json(std::string_view text, RunRequest defaults = {});

struct Progress {
  double fraction = 0;  // 0 … 1 of the longest expected duration
  TimePoint now{};
  Duration expected{0};
  std::string step;  // what it does, in plain words
};

// Called on the thread that runs, between two steps of it: be quick, and never call back into the session except its StopSwitch.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void on_started(const RunReport& so_far) { static_cast<void>(so_far); }
  virtual void on_progress(const Progress& progress) { static_cast<void>(progress); }
  virtual void on_value(std::string_view channel, TimePoint at, double value, std::string_view unit) {
    static_cast<void>(channel), static_cast<void>(at), static_cast<void>(value), static_cast<void>(unit);
  }
  virtual void on_check(const CheckRow& check) { static_cast<void>(check); }
  // When the run begins, at each hold point, and when a hold ends: how many hold points are still ahead, and whether the run stands at one.
  virtual void on_hold(std::size_t ahead, bool held) { static_cast<void>(ahead), static_cast<void>(held); }
};

enum class StopLevel : std::uint8_t {
  kNone = 0,
  kAbort = 1,  // end the steps; faults are cleared, then the safe state is established and read back
  kNow = 2,    // wait for nothing but the safe state: a runner leaves out whatever else it would do at the end
};

// Stops or pauses one run, from any thread. The safe state comes whatever the level. A request made before the run begins counts.
class StopSwitch {
 public:
  // The first call asks for kAbort, every later one for kNow.
  void request();
  // `reason` of the first request is that of the stop.
  void request(StopLevel level, std::string_view reason = {});
  StopLevel level() const;
  // Why, in words.
  std::string reason() const;
  // Asks the run to stand at its next hold point; false: to go on, or not to pause after all.
  void pause(bool wanted);

  // For the runner: `handler` is called with each new level, on the thread that asks; at once when one has been asked for already. The same
  // for `pause_handler`, which may be null: then nothing pauses.
  void attach(std::function<void(StopLevel)> handler, std::function<void(bool)> pause_handler = nullptr);
  void detach();

 private:
  mutable std::mutex mutex_;
  StopLevel level_ = StopLevel::kNone;
  std::string reason_;
  std::function<void(StopLevel)> handler_;
  bool pause_wanted_ = false;
  std::function<void(bool)> pause_handler_;
};

// Puts a run together and takes it to its report. An Error means that nothing was run and nothing kept (the input was wrong, the bench
// could not be opened before the store existed); everything after that is in the report.
class Runner {
 public:
  virtual ~Runner() = default;
  virtual Result<RunReport> run(const RunRequest& request, RunObserver& observer, StopSwitch& stop) = 0;
  // The same with steps that come one at a time (run_by_hand() in local_runner.h). kUnsupported where a runner cannot.
  virtual Result<RunReport> run_by_hand(const RunRequest& request, scenario::HandRun& hand, RunObserver& observer, StopSwitch& stop);
};

}  // namespace pumprig::session
