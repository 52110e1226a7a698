// A scenario on a bench, from the first identification to the last verdict.
//
// Order: needs of the scenario against the bench → open links, identify instruments → establish the initial state and read it back → start
// sampling → steps, judged while they run → teardown in a task that nothing cancels (faults cleared, the bench's safe state, read back) →
// sampling stops → links close. An abort ends the steps; everything after them still happens, and the run is kept as aborted.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/bench/bench.h"
#include "rig/exec/cancel.h"
#include "rig/exec/task.h"
#include "rig/record/run.h"
#include "rig/record/writer.h"
#include "rig/scenario/language/bench_facts.h"
#include "rig/scenario/language/scenario.h"

namespace pumprig::scenario {

struct Check {
  record::CheckVerdict verdict;
  bool information = false;  // shown beside its limit, no say in the verdict of the run
};

struct RunProgress {
  double fraction = 0;  // 0 … 1 of the longest expected duration
  TimePoint now{};
  Duration expected{0};
  std::string step;  // what it does, in plain words
};

// Called on the thread of the bench, between two of its tasks: be quick.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void on_progress(const RunProgress&) {}
  virtual void on_value(std::string_view channel, TimePoint, double value, std::string_view unit) {
    static_cast<void>(channel), static_cast<void>(value), static_cast<void>(unit);
  }
  virtual void on_check(const Check&) {}
  // When the run begins, at each hold point, and when a hold ends: how many hold points are still ahead, and whether the run stands at one.
  virtual void on_hold(std::size_t ahead, bool held) { static_cast<void>(ahead), static_cast<void>(held); }
};

// Ends or pauses the steps of a run. All calls on the thread of the bench (Executor::post from elsewhere).
class RunControl {
 public:
  void abort(std::string reason);
  // After abort(): nothing is waited for any more but the safe state. Faults that are still on stay on.
  void hurry() { hurry_scope_.cancel(); }
  bool aborted() const { return scope_.cancelled(); }
  // A pause takes hold at the next hold point: therapy and sampling stay as they are, virtual time stands. False goes on, or takes back a
  // pause that has not taken hold.
  void pause(bool wanted);
  bool pause_wanted() const { return pause_wanted_; }
  // For the step that holds; null when it holds no more.
  void on_pause_changed(std::function<void()> handler) { pause_changed_ = std::move(handler); }
  const std::string& reason() const { return reason_; }
  exec::CancelScope& scope() { return scope_; }
  exec::CancelScope& hurry_scope() { return hurry_scope_; }

 private:
  exec::CancelScope scope_;
  exec::CancelScope hurry_scope_;
  std::string reason_;
  bool pause_wanted_ = false;
  std::function<void()> pause_changed_;
};

struct RunOptions {
  const BenchFacts* facts = nullptr;  // needed
  RunObserver* observer = nullptr;    // may be null
  RunControl* control = nullptr;      // may be null: then nothing aborts it
};

struct RunOutcome {
  Verdict verdict = Verdict::kError;  // the worst of its checks, of an abort and of an error of the rig
  record::FinishState state = record::FinishState::kFinished;
  std::string reason;          // why it was aborted, not run, or what broke
  bool not_run = false;        // the bench lacks something; nothing was opened
  std::optional<Error> error;  // of the rig
  // What came of the bench's safe state; none: the bench was never open.
  std::optional<Status> safe_state;
  std::vector<Check> checks;  // in the order in which they were decided
  TimePoint end{};
};

class StepSource;

// Writes channels, links, plan, events, samples and verdicts; the caller finishes the writer. Never an Error: what breaks is in the
// outcome.
Task<RunOutcome> run_scenario(const ResolvedScenario& scenario, bench::Bench& bench, record::RunWriter& writer, RunOptions options);
// The same with steps from elsewhere; the scenario says how it starts and what is recorded.
Task<RunOutcome> run_steps_of(StepSource& source, const ResolvedScenario& scenario, bench::Bench& bench, record::RunWriter& writer,
                              RunOptions options);

}  // namespace pumprig::scenario
