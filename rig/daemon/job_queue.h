// The runs that the daemon has been asked for: one after another, each on the worker thread.
//
// Thread-safe. The daemon's own thread only reads and writes this table; it never waits for a run.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "rig/base/result.h"
#include "rig/daemon/hand_desk.h"
#include "rig/session/request.h"

namespace pumprig::daemon {

enum class JobState : std::uint8_t { kQueued, kRunning, kFinished, kRefused, kWithdrawn };
// "queued", "running", "finished", "refused" (nothing was run: the input was wrong), "withdrawn" (aborted before it began).
std::string_view to_text(JobState state);

enum class PauseState : std::uint8_t { kNone, kAsked, kHeld };
// "none", "asked" (it will stand at the next hold point), "held".
std::string_view to_text(PauseState state);

struct Job {
  std::string id;  // "job-1"
  std::string scenario;
  std::string submitted_by;  // "uid 1000"
  bool by_hand = false;      // a client gives the steps
  JobState state = JobState::kQueued;
  std::size_t position = 0;  // of a queued job: how many are before it, the running one included
  PauseState pause = PauseState::kNone;
  std::size_t hold_points_ahead = 0;  // of a running job: where it may be paused
  session::Progress progress;
  std::optional<session::RunReport> report;  // of a running one what is known so far, of a finished one the whole
  std::optional<Error> error;                // of a refused one
};

class JobQueue : private session::RunObserver {
 public:
  static constexpr std::size_t kMaxQueued = 1000;
  static constexpr std::size_t kMaxRemembered = 200;  // finished jobs; their runs stay on disk

  // `notify(job, kind, data)` gets each event, from the worker or from the caller's thread; it must not call back.
  using Notify = std::function<void(std::string job, std::string kind, std::string data)>;
  JobQueue(session::Runner& runner, Notify notify);
  // Aborts what runs, withdraws what waits, and waits until the pump is in its safe state.
  ~JobQueue() override;
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  // kUnavailable: the queue is full or the daemon is ending.
  Result<Job> submit(session::RunRequest request, std::string submitted_by);
  // A run whose steps a client gives. It waits for its turn like any other.
  Result<Job> open_by_hand(session::RunRequest request, std::string submitted_by, const HandTerms& terms);
  // Where to give the commands of such a run; whoever asks counts as its client, heard of now. kNotFound; kUnsupported: not by hand.
  Result<std::shared_ptr<HandDesk>> hand(std::string_view id);
  // Lets time pass for the leases of clients: whose client is lost is aborted, or withdrawn.
  void age_leases(Duration passed);
  // A connection has ended, and with it the clients that said so.
  void connection_ended(std::uint64_t connection);
  // By job id or run id. A queued job is withdrawn; the running one is asked to stop, and is done when its event says so. kNotFound.
  Result<Job> abort(std::string_view id, session::StopLevel level);
  // Asks the running job to stand at its next hold point, or to go on. kNotFound; kUnavailable: it is not at work; kUnsupported: its
  // scenario has no hold point ahead.
  Result<Job> pause(std::string_view id, bool wanted);
  std::optional<Job> find(std::string_view id) const;
  std::optional<Job> running() const;
  // By job id: it has ended, or is no longer remembered.
  bool ended(std::string_view job) const;
  // In the order of submission; only those that wait or run, or all that are remembered.
  std::vector<Job> list(bool all) const;

  // Takes nothing more, withdraws what waits and stops what runs; `drained` is called, on the worker, when nothing runs any more.
  void shut_down(session::StopLevel level, std::function<void()> drained);

 private:
  struct Entry {
    Job job;
    session::RunRequest request;
    session::StopSwitch stop;
    std::shared_ptr<HandDesk> hand;  // of a run by hand
  };

  void on_started(const session::RunReport& so_far) override;
  void on_progress(const session::Progress& progress) override;
  void on_value(std::string_view channel, TimePoint at, double value, std::string_view unit) override;
  void on_check(const session::CheckRow& check) override;
  void on_hold(std::size_t ahead, bool held) override;

  Result<Job> add(session::RunRequest request, std::string submitted_by, std::shared_ptr<HandDesk> hand);
  template <typename Lost>
  void give_up_if(const Lost& lost, std::string_view reason);
  Result<session::RunReport> carry_out(Entry& entry);
  void work();
  void run(const std::shared_ptr<Entry>& entry);
  void withdraw(Entry& entry);
  void forget_oldest();
  Job snapshot(const Entry& entry) const;
  std::shared_ptr<Entry> find_entry(std::string_view id) const;
  void tell(const Entry& entry);

  session::Runner& runner_;
  Notify notify_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Entry>> entries_;  // all that are remembered, oldest first
  std::shared_ptr<Entry> current_;
  std::uint64_t next_ = 1;
  bool ending_ = false;
  std::function<void()> drained_;
  std::thread worker_;
};

// One JSON object: what queue.list, run.status and the "job" events show.
std::string to_json(const Job& job);

}  // namespace pumprig::daemon
