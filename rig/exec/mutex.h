// Mutual exclusion between coroutines of one executor, first come first served.
#pragma once

#include <deque>
#include <utility>

#include "rig/exec/executor.h"

namespace pumprig::exec {

class Mutex {
 public:
  // Lets go when it dies. Must not outlive its Mutex.
  class Guard {
   public:
    Guard() = default;
    explicit Guard(Mutex& mutex) : mutex_(&mutex) {}
    Guard(Guard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    Guard& operator=(Guard&& other) noexcept {
      if (this != &other) {
        release();
        mutex_ = std::exchange(other.mutex_, nullptr);
      }
      return *this;
    }
    ~Guard() { release(); }
    bool owns() const { return mutex_ != nullptr; }
    void release() {
      if (mutex_ != nullptr) std::exchange(mutex_, nullptr)->unlock();
    }

   private:
    Mutex* mutex_ = nullptr;
  };

  explicit Mutex(Executor& executor) : executor_(executor) {}
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  // The lock at once, without a coroutine; a Guard that owns nothing when somebody else has it.
  Guard try_lock() {
    if (locked_) return Guard();
    locked_ = true;
    return Guard(*this);
  }

  // Waits for its turn. kTimeout at the deadline, kCancelled.
  Task<Guard> lock(TimePoint deadline = kNever) {
    if (locked_) {
      Turn turn(*this);
      while (!turn.granted) CO_TRY(co_await turn.event.wait(deadline));
      turn.taken = true;
    }
    locked_ = true;
    co_return Guard(*this);
  }

  bool locked() const { return locked_; }

 private:
  // One who waits; lives in its coroutine's frame, and leaves the queue when that goes.
  struct Turn {
    explicit Turn(Mutex& m) : mutex(m), event(m.executor_) { mutex.queue_.push_back(this); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      if (granted && !taken) mutex.unlock();  // cancelled in the same instant in which its turn came: pass it on
      if (!granted) std::erase(mutex.queue_, this);
    }
    Mutex& mutex;
    Event event;
    bool granted = false;
    bool taken = false;
  };

  // Hands over to the next who waits; nobody can come between.
  void unlock() {
    if (queue_.empty()) {
      locked_ = false;
      return;
    }
    Turn* next = queue_.front();
    queue_.pop_front();
    next->granted = true;
    next->event.set();
  }

  Executor& executor_;
  bool locked_ = false;
  std::deque<Turn*> queue_;
};

}  // namespace pumprig::exec
