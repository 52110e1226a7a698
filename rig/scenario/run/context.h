// What a step may do while it runs: wait, talk to the pump, make faults, and say what it found.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "rig/clients/personal_therapy_manager.h"
#include "rig/clients/programmer.h"
#include "rig/scenario/language/step_kind.h"
#include "rig/scenario/run/clocks.h"
#include "rig/scenario/run/run.h"
#include "rig/scenario/run/sampling.h"

namespace pumprig::scenario {

// A paused run on a virtual bench, and a bench in the hands of a script, stand as long as their owners like.
inline constexpr Duration kPatience = std::chrono::hours(24 * 365 * 10);

class RunContext {
 public:
  RunContext(const ResolvedScenario& scenario, bench::Bench& bench, record::RunWriter& writer, const RunOptions& options);

  exec::Executor& executor() { return bench_.executor(); }
  bench::Bench& bench() { return bench_; }
  Sampling& sampling() { return sampling_; }
  ClockKeeper& clocks() { return clocks_; }
  clients::Programmer& programmer() { return *programmer_; }
  clients::PersonalTherapyManager& patient() { return *patient_; }
  TimePoint now() { return bench_.executor().now(); }

  // Steps in order, with their names' windows opened and closed.
  Task<void> run_steps(const std::vector<Step>& steps);
  void event(std::string kind, std::string text);

  // Stands here when somebody has asked for a pause, until that is taken back. Virtual time stands, too.
  Task<void> pass_hold_point(const std::string& title);

  // After a request that only asks or may be made twice, and that failed. True: the line was the cause (it hung up, is silent or noisy),
  // and it is time to ask again; false: another cause, or `give_up` has come. What is measured over the step, and waits for what it asks,
  // then decides nothing: the line's time would count as the pump's.
  Task<bool> wait_for_line(const Step& step, const Error& failed, TimePoint give_up);
  TimePoint line_patience() { return executor().after_wall(std::chrono::minutes(1)); }

  // A check as its step describes it, for the step to complete.
  Check begin_check(const Step& step) const;
  // Value against the limit: margin, then verdict by uncertainty, guard band and doubt.
  void judge(Check& check, const monitor::Limit& limit, const monitor::Outcome& outcome) const;
  void add_check(Check check);
  // An answer of the pump that is as it should be, or not.
  void add_answer_check(const Step& step, std::string wanted, std::string found, bool good, TimePoint from);

  // Steps that come while the run is at work: entered in the plan, their measurements connected. kNotFound for a channel that the run
  // does not record. The steps must outlive the context.
  Status add_steps(const std::vector<Step>& steps);
  // A measurement that has been finished gets no more samples.
  void forget(const Step& step);

  PlannedMeasurement* planned(const Step& step);
  // What its channels sent by themselves up to now is judged with the rest, or known to be lost. Before finish_measurement().
  Task<void> catch_up(PlannedMeasurement& planned);
  // Closes its window and files its check.
  void finish_measurement(PlannedMeasurement& planned);

  // When the step of this name began; the begin of the run for one that has not.
  TimePoint begun(const std::string& label) const;

  // Faults that were injected and not cleared.
  std::set<std::string>& active_faults() { return active_faults_; }

  // The order of a run, called by run_scenario.
  Status prepare();  // after open(): channels, judges, clients
  Task<void> establish_initial_state();
  Task<void> report_progress();  // until cancelled; returns an error of the rig that no step sees
  Task<void> clear_faults();
  std::vector<Check>& checks() { return checks_; }

 private:
  void say_if_modelled(record::CheckVerdict& verdict) const;
  Task<void> run_step(const Step& step);
  Status plan(const std::vector<Step>& steps);
  void plan_items(const std::vector<Step>& steps);
  void open_windows(const std::string& label);
  void close_windows(const std::string& label);
  void tell_progress();
  void tell_hold(bool held);

  const ResolvedScenario& scenario_;
  bench::Bench& bench_;
  record::RunWriter& writer_;
  RunOptions options_;
  Sampling sampling_;
  ClockKeeper clocks_;
  std::unique_ptr<clients::Programmer> programmer_;
  std::unique_ptr<clients::PersonalTherapyManager> patient_;
  std::map<const Step*, std::unique_ptr<PlannedMeasurement>> measurements_;
  std::set<std::string> active_faults_;
  std::map<std::string, TimePoint> begun_;
  std::vector<Check> checks_;
  std::string current_step_;
  std::size_t hold_points_ahead_ = 0;
  TimePoint started_{};
};

// As a string that people read; the same number of digits on every machine.
std::string number_text(double value);

}  // namespace pumprig::scenario
