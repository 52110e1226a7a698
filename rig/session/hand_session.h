// A run that a script in this process steers: the bench has a thread of its own, the script asks and waits for answers.
//
//     HandSession session(request);                 // request.scenario_text: how it starts; request.script: the script's text
//     session.opened().wait();                      // an Error: nothing was run, or the bench did not open
//     auto answer = session.submit({HandCommand::Kind::kStep, R"({"step": "wait", "for": "1 h"})"});
//     answer.get();
//     session.submit({HandCommand::Kind::kFinish, ""});
//     Result<RunReport> report = session.report().get();
#pragma once

#include <future>
#include <string>
#include <thread>

#include "rig/scenario/run/hand_run.h"
#include "rig/session/request.h"

namespace pumprig::session {

class HandSession {
 public:
  explicit HandSession(RunRequest request);
  ~HandSession();  // a run that has not ended is aborted; returns when its bench stands in the safe state
  HandSession(const HandSession&) = delete;
  HandSession& operator=(const HandSession&) = delete;

  // The bench is open and in its initial state, or why that did not come to be.
  const std::shared_future<Status>& opened() const { return opened_future_; }
  // The answer comes when the command is done. From any thread.
  std::future<Result<scenario::HandAnswer>> submit(scenario::HandCommand command);
  // Ends what goes on, brings the pump to the safe state, keeps the run as aborted.
  void abort() { stop_.request(); }
  const std::shared_future<Result<RunReport>>& report() const { return report_future_; }
  // Of the run's file; valid after opened().
  const std::string& path() const { return path_; }

 private:
  void run();
  class Observer;

  RunRequest request_;
  StopSwitch stop_;
  scenario::HandRun hand_;
  std::string path_;
  std::promise<Status> opened_;
  std::shared_future<Status> opened_future_ = opened_.get_future().share();
  std::promise<Result<RunReport>> report_;
  std::shared_future<Result<RunReport>> report_future_ = report_.get_future().share();
  std::thread thread_;
};

// {"now_ns", "checks": [as in a report], "latest": {"t_ns", "value", "unit", "flags"} or null}.
std::string to_json(const scenario::HandAnswer& answer);

}  // namespace pumprig::session
