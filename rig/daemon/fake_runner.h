// For the tests of the daemon: a runner that does what its scenario's name says, so that queue, API and shutdown are tested without a
// bench.
//   "pass"    finishes at once with one check       "refuse"   an Error
//   "hold"    runs until it is stopped              "stubborn" runs until it is stopped twice
//   "pausable" has two hold points and waits for a pause at the first
//   "chatter" reports 10,000 values, then passes
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>

#include "rig/session/request.h"

namespace pumprig::daemon {

class FakeRunner : public session::Runner {
 public:
  Result<session::RunReport> run(const session::RunRequest& request, session::RunObserver& observer, session::StopSwitch& stop) override {
    if (request.scenario == "refuse") return fail(ErrorCode::kInvalidArgument, "is not good", "a.json:3:1");
    session::RunReport report;
    report.scenario = request.scenario;
    report.seed = request.seed;
    report.bench = request.bench;
    report.key_values = request.key_values;
    {
      const std::lock_guard lock(mutex_);
      report.id = "run-" + std::to_string(++runs_);
    }
    report.state = session::RunState::kRunning;
    observer.on_started(report);
    session::Progress progress;
    progress.fraction = 0.5;
    progress.step = "wait";
    observer.on_progress(progress);
    if (request.scenario == "chatter") {
      for (int i = 0; i < 10'000; ++i) observer.on_value("flow.flow", at_ns(i), i, "uL/min");
    }
    report.verdict = Verdict::kPass;
    observer.on_hold(request.scenario == "pausable" ? 2 : 0, false);
    if (request.scenario == "pausable") hold_twice(observer, stop);
    if (request.scenario == "hold") wait_for(stop, session::StopLevel::kAbort);
    if (request.scenario == "stubborn") wait_for(stop, session::StopLevel::kNow);
    if (stop.level() != session::StopLevel::kNone) report.verdict = Verdict::kAborted;
    session::CheckRow check;
    check.id = "rate";
    check.verdict = report.verdict;
    check.clock = "rig";
    observer.on_check(check);
    report.checks.push_back(check);
    report.state = session::RunState::kFinished;
    return report;
  }

 private:
  static void hold_twice(session::RunObserver& observer, session::StopSwitch& stop) {
    std::mutex mutex;
    std::condition_variable changed;
    bool wanted = false;
    bool stopped = false;
    const auto note = [&](bool& what, bool value) {
      const std::lock_guard lock(mutex);
      what = value;
      changed.notify_all();
    };
    stop.attach([&](session::StopLevel) { note(stopped, true); }, [&](bool now) { note(wanted, now); });
    const auto until = [&](bool value) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return wanted == value || stopped; });
    };
    until(true);
    observer.on_hold(1, true);
    until(false);
    observer.on_hold(1, false);
    until(true);
    observer.on_hold(0, false);
    stop.detach();
  }
  static void wait_for(session::StopSwitch& stop, session::StopLevel level) {
    std::mutex mutex;
    std::condition_variable changed;
    auto reached = session::StopLevel::kNone;
    stop.attach([&](session::StopLevel now) {
      const std::lock_guard lock(mutex);
      reached = now;
      changed.notify_all();
    });
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return reached >= level; });
    }
    stop.detach();
  }

  std::mutex mutex_;
  int runs_ = 0;
};

}  // namespace pumprig::daemon
