#include "rig/daemon/job_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "rig/daemon/fake_runner.h"

namespace pumprig::daemon {
namespace {

class Queue : public testing::Test {
 protected:
  Queue() : queue_(runner_, [this](const std::string&, std::string kind, std::string data) { note(kind + " " + data); }) {}

  Job submit(const std::string& scenario) {
    session::RunRequest request;
    request.scenario = scenario;
    return *queue_.submit(std::move(request), "uid 1");
  }
  void note(const std::string& event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
    changed_.notify_all();
  }
  // Waits until an event holds both texts.
  void await(const std::string& a, const std::string& b) {
    std::unique_lock lock(mutex_);
    std::size_t searched = 0;
    changed_.wait(lock, [&] {
      for (; searched < events_.size(); ++searched) {
        const std::string& event = events_[searched];
        if (event.find(a) != std::string::npos && event.find(b) != std::string::npos) return true;
      }
      return false;
    });
  }
  void await_state(const Job& job, const std::string& state) {
    await("\"job\":\"" + job.id + "\"", "\"state\":\"" + state + "\",\"position\"");
  }

  FakeRunner runner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
  JobQueue queue_;
};

TEST_F(Queue, RunsOneAfterAnotherInTheOrderOfSubmission) {
  const auto first = submit("hold");
  const auto second = submit("pass");
  const auto third = submit("pass");
  await_state(first, "running");
  EXPECT_EQ(queue_.find(second.id)->position, 1U);
  EXPECT_EQ(queue_.find(third.id)->position, 2U);
  EXPECT_EQ(queue_.running()->id, first.id);
  EXPECT_EQ(queue_.list(false).size(), 3U);
  ASSERT_TRUE(queue_.abort(first.id, session::StopLevel::kAbort));
  await_state(third, "finished");
  EXPECT_EQ(queue_.find(first.id)->report->verdict, Verdict::kAborted);
  EXPECT_EQ(queue_.find(second.id)->report->id, "run-2");
  EXPECT_EQ(queue_.find(third.id)->report->id, "run-3");
  EXPECT_TRUE(queue_.list(false).empty());
  EXPECT_EQ(queue_.list(true).size(), 3U);
}

TEST_F(Queue, ARefusedRunLeavesTheNextOneAlone) {
  const auto bad = submit("refuse");
  const auto good = submit("pass");
  await_state(good, "finished");
  EXPECT_EQ(queue_.find(bad.id)->state, JobState::kRefused);
  EXPECT_EQ(queue_.find(bad.id)->error->where, "a.json:3:1");
}

TEST_F(Queue, AQueuedJobIsWithdrawnWithoutRunning) {
  const auto running = submit("hold");
  const auto waiting = submit("pass");
  await_state(running, "running");
  EXPECT_EQ(queue_.abort(waiting.id, session::StopLevel::kAbort)->state, JobState::kWithdrawn);
  ASSERT_TRUE(queue_.abort(running.id, session::StopLevel::kAbort));
  await_state(running, "finished");
  EXPECT_FALSE(queue_.find(waiting.id)->report);
}

TEST_F(Queue, ARunIsAbortedByTheNameOfItsRunToo) {
  const auto job = submit("hold");
  await("job {\"job\":\"job-1\",\"run\":\"run-1\"", "running");
  ASSERT_TRUE(queue_.abort("run-1", session::StopLevel::kAbort));
  await_state(job, "finished");
  EXPECT_EQ(queue_.abort("run-7", session::StopLevel::kAbort).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(queue_.abort("", session::StopLevel::kAbort).error().code, ErrorCode::kNotFound);
}

TEST_F(Queue, AbortingWhatHasEndedChangesNothing) {
  const auto job = submit("pass");
  await_state(job, "finished");
  EXPECT_EQ(queue_.abort(job.id, session::StopLevel::kNow)->state, JobState::kFinished);
  EXPECT_EQ(queue_.find(job.id)->report->verdict, Verdict::kPass);
}

TEST_F(Queue, ShutDownAbortsWhatRunsWithdrawsWhatWaitsAndTakesNothingMore) {
  const auto running = submit("stubborn");
  const auto waiting = submit("pass");
  await_state(running, "running");
  std::promise<void> drained;
  queue_.shut_down(session::StopLevel::kAbort, [&] { drained.set_value(); });
  session::RunRequest request;
  request.scenario = "pass";
  EXPECT_EQ(queue_.submit(request, "uid 1").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(queue_.find(running.id)->state, JobState::kRunning);
  queue_.shut_down(session::StopLevel::kNow, [&] { drained.set_value(); });
  drained.get_future().wait();
  EXPECT_EQ(queue_.find(running.id)->report->verdict, Verdict::kAborted);
  EXPECT_EQ(queue_.find(waiting.id)->state, JobState::kWithdrawn);
}

TEST_F(Queue, RefusesMoreThanItHoldsAndForgetsTheOldestThatEnded) {
  const auto running = submit("hold");
  await_state(running, "running");
  for (std::size_t i = 0; i < JobQueue::kMaxQueued; ++i) submit("pass");
  session::RunRequest request;
  request.scenario = "pass";
  EXPECT_EQ(queue_.submit(request, "uid 1").error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(queue_.abort(running.id, session::StopLevel::kAbort));
  await("\"job\":\"job-1001\"", "\"state\":\"finished\"");
  std::promise<void> drained;
  queue_.shut_down(session::StopLevel::kAbort, [&] { drained.set_value(); });
  drained.get_future().wait();
  EXPECT_EQ(queue_.list(true).size(), JobQueue::kMaxRemembered);
}

}  // namespace
}  // namespace pumprig::daemon
