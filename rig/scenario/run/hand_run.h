// A run whose steps come one at a time, from a script: the same bench, steps, judges, record and teardown as a run from a file.
//
// Commands come from any thread and are done in their order on the thread of the bench. Between two of them virtual time stands still, and
// a command begins only when nothing else is left to do at its instant: a script that runs twice gives the same record twice. On a wall
// clock time goes on between commands, as it does at a bench.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rig/exec/executor.h"
#include "rig/scenario/language/load.h"
#include "rig/scenario/run/run.h"
#include "rig/scenario/run/step_source.h"

namespace pumprig::scenario {

struct HandCommand {
  enum class Kind : std::uint8_t {
    kStep,    // text: a step as in a scenario file; not "measure"
    kBegin,   // text: a step "measure" with the window {"over": "now", …}, which opens now
    kEnd,     // text: the id of a measurement that has begun; its window closes and it is judged
    kJudge,   // text: {"id", "value", "uncertainty", "limit", "requirements", "report"}: a value that the script worked out
    kLatest,  // text: name of a channel
    kFinish,  // the script is at its end
    kGiveUp,  // text: why; the run is kept as aborted
  };
  Kind kind = Kind::kStep;
  std::string text;
};

struct HandAnswer {
  TimePoint now{};
  std::vector<Check> checks;  // that the command decided
  std::optional<Sample> latest;
  std::string unit;  // of `latest`
};

class HandRun final : public StepSource {
 public:
  // Called on the thread of the bench. kInvalidArgument, kNotFound and kUnsupported: the command was refused and nothing was done. Any
  // other error ends the run.
  using Answer = std::function<void(Result<HandAnswer>)>;

  // Before run(): what steps are checked against. It must outlive the run.
  void set_options(LoadOptions options) { loader_.emplace(std::move(options)); }
  // From any thread. When the run has ended, the answer is kCancelled (or the error that ended it) at once.
  void submit(HandCommand command, Answer answer);
  // No command will be done any more, and each one's answer is `why`. Called by run() at its end; for when it never began, too.
  void close(const Status& why);
  // Called once, on the thread of the bench, when the first command may come.
  void on_ready(std::function<void()> ready) { ready_ = std::move(ready); }

  Task<void> run(RunContext& context) override;

 private:
  struct Item {
    HandCommand command;
    Answer answer;
  };
  std::optional<Item> take();
  Task<void> serve(RunContext& context, exec::Event& wake);
  Task<HandAnswer> carry_out(const HandCommand& command, RunContext& context);
  Task<void> do_step(const std::string& text, RunContext& context);
  Status begin(const std::string& text, RunContext& context);
  Task<void> end(const std::string& id, RunContext& context);
  Status judge(const std::string& text, RunContext& context);
  Result<const std::vector<Step>*> adopt(const std::string& text, RunContext& context);

  std::mutex mutex_;
  std::deque<Item> queue_;
  exec::Executor* executor_ = nullptr;  // while it runs
  exec::Event* wake_ = nullptr;
  Status closed_;  // an error once it is over

  std::optional<StepLoader> loader_;
  std::function<void()> ready_;
  std::deque<std::vector<Step>> steps_;                   // one each; their addresses stay
  std::map<std::string, const std::vector<Step>*> open_;  // measurements that have begun
};

}  // namespace pumprig::scenario
