// The clock and the executor of one bench: the only place that waits.
//
// Virtual: when nobody has anything left to do now, time jumps to the next deadline. The run does not depend on the machine's speed.
// Wall: time is the machine's monotonic clock since construction, multiplied by the speed; waiting is poll().
// Equal deadlines run in the order in which they were issued. One thread drives an executor; only post() may be called from others.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "rig/base/result.h"
#include "rig/base/time.h"
#include "rig/exec/cancel.h"
#include "rig/exec/task.h"
#include "rig/exec/waiter.h"

namespace pumprig::exec {

template <typename T>
class JoinHandle;
template <typename T>
struct JoinState;

struct WallStatistics {
  std::uint64_t timers = 0;    // deadlines that came
  std::uint64_t late = 0;      // of these, more than 10 ms of wall time late
  Duration worst_lateness{0};  // wall time
};

class Executor {
 public:
  static std::unique_ptr<Executor> make_virtual();
  // speed: scenario seconds per wall second, > 0.
  static std::unique_ptr<Executor> make_wall(double speed = 1.0);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  TimePoint now() const { return virtual_ ? now_ : wall_now(); }
  bool is_virtual() const { return virtual_; }
  double speed() const { return speed_; }
  // Goes on from the present instant at another speed (wall mode only).
  void set_speed(double speed);
  // The instant that lies `wall` of real time ahead: for deadlines of protocols and of outside parties, which no speed changes.
  TimePoint after_wall(Duration wall) const;

  // Awaitables. Each yields Status: ok, or kCancelled; with a deadline also kTimeout.
  class WaitAwaiter;
  WaitAwaiter sleep_until(TimePoint when);
  WaitAwaiter sleep_for(Duration d);
  WaitAwaiter yield();  // lets everything that is ready run first
  WaitAwaiter wait_readable(int fd, TimePoint deadline = kNever);
  WaitAwaiter wait_writable(int fd, TimePoint deadline = kNever);

  // Starts a task of its own. It runs in a new scope below `parent`. Dropping the handle does not stop it.
  template <typename T>
  JoinHandle<T> spawn(Task<T> task, CancelScope* parent = nullptr);

  // Drives the executor on this thread until `task` has finished. kInternal when virtual time has nothing left to wait for.
  template <typename T>
  Result<T> run(Task<T> task);

  // Runs `work` soon on the executor's thread. The only call that another thread may make; also from a signal-handling thread.
  void post(std::function<void()> work);

  // While a Hold lives, virtual time stands: an outside party owes an answer. After `guard` of wall time it no longer pins.
  class Hold {
   public:
    Hold(Executor& executor, Duration guard);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    Executor& executor_;
  };

  // Nobody but the caller has anything left to do at this instant, and nobody holds time.
  bool quiet() const { return ready_.empty() && holds_ == 0 && (heap_.empty() || heap_.front().when > now()); }

  const WallStatistics& wall_statistics() const { return statistics_; }
  std::size_t live_tasks() const { return live_roots_; }

 private:
  friend struct Waiter;
  friend class Event;
  friend void detail::resume_next(Executor&, std::coroutine_handle<>) noexcept;
  template <typename T>
  friend class JoinHandle;
  struct Root {  // a detached coroutine that owns a spawned task
    struct promise_type;
    std::coroutine_handle<promise_type> handle;
  };

  struct Timer {
    TimePoint when;
    std::uint64_t sequence;
    Waiter* waiter;
    bool before(const Timer& other) const { return when < other.when || (when == other.when && sequence < other.sequence); }
  };

  explicit Executor(bool is_virtual, double speed);
  TimePoint wall_now() const;
  std::int64_t monotonic_ns() const;

  void add_timer(Waiter& waiter, TimePoint when);
  void remove_timer(Waiter& waiter);
  void move_timer(Waiter& waiter, TimePoint earlier);
  void place(std::size_t index, Timer timer);
  void sift_up(std::size_t index, Timer timer);
  void sift_down(std::size_t index, Timer timer);
  void make_ready(std::coroutine_handle<> handle) { ready_.push_back(handle); }
  void start_root(Root root);
  void finish_root(std::size_t index) noexcept;

  void run_until(const bool& done, Status& outcome);
  void run_ready();
  void run_posted();
  bool fire_due_timers();
  // Waits for a descriptor, a post or `limit`; returns false if nothing could ever come.
  void poll_descriptors(Duration limit);
  Status advance();

  const bool virtual_;
  double speed_;
  TimePoint now_{};              // virtual
  std::int64_t wall_origin_ns_;  // wall
  TimePoint scenario_origin_{};

  std::coroutine_handle<> next_;
  std::deque<std::coroutine_handle<>> ready_;
  std::vector<Timer> heap_;
  std::uint64_t next_sequence_ = 0;
  std::vector<Waiter*> descriptors_;

  std::vector<std::coroutine_handle<>> roots_;
  std::size_t live_roots_ = 0;

  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;
  std::atomic<bool> has_posted_{false};
  int wake_fd_ = -1;

  int holds_ = 0;
  std::int64_t hold_guard_until_ns_ = 0;
  WallStatistics statistics_;

  template <typename T>
  static Root run_root(Task<T> task, std::shared_ptr<JoinState<T>> state);
};

// A latch between coroutines of one executor: set() wakes who waits, or is kept for the next wait. A wait takes the signal.
class Event {
 public:
  explicit Event(Executor& executor) : executor_(executor) {}
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void set();
  // Who waits now is signalled at `when`, if it does not lie behind its deadline; a later announcement changes nothing. Nothing is kept for
  // the next wait.
  void set_at(TimePoint when);
  void reset() { set_ = false; }
  bool is_set() const { return set_; }
  Executor::WaitAwaiter wait(TimePoint deadline = kNever);

 private:
  friend struct Waiter;
  friend class Executor;
  Executor& executor_;
  bool set_ = false;
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

}  // namespace pumprig::exec

#include "rig/exec/executor_detail.h"  // IWYU pragma: export
