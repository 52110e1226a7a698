// Waiting: who waits for what, cancelling, events, and the heap of deadlines. Together, so that a wait is cheap.
#include "rig/exec/waiter.h"

#include <poll.h>

#include <utility>

#include "rig/exec/executor.h"

namespace pumprig::exec {

// ---- Waiter ---------------------------------------------------------------------------------------------------------------------------

void Waiter::unlink() {
  if (heap_index != kNotInHeap) executor->remove_timer(*this);
  if (event != nullptr) {
    (event_prev != nullptr ? event_prev->event_next : event->first_) = event_next;
    (event_next != nullptr ? event_next->event_prev : event->last_) = event_prev;
    event = nullptr;
    event_next = event_prev = nullptr;
  }
  if (scope != nullptr) {
    (scope_prev != nullptr ? scope_prev->scope_next : scope->first_waiter_) = scope_next;
    if (scope_next != nullptr) scope_next->scope_prev = scope_prev;
    scope = nullptr;
    scope_next = scope_prev = nullptr;
  }
  if (fd >= 0) {
    std::erase(executor->descriptors_, this);
    fd = -1;
  }
}

void Waiter::wake(WakeReason why) {
  unlink();
  reason = why;
  executor->make_ready(handle);
}

// ---- CancelScope ----------------------------------------------------------------------------------------------------------------------

CancelScope::CancelScope(CancelScope* parent) : parent_(parent) {
  if (parent_ == nullptr) return;
  cancelled_ = parent_->cancelled_;
  next_sibling_ = parent_->first_child_;
  if (next_sibling_ != nullptr) next_sibling_->prev_sibling_ = this;
  parent_->first_child_ = this;
}

CancelScope::~CancelScope() {
  while (first_waiter_ != nullptr) first_waiter_->wake(WakeReason::kCancelled);
  for (CancelScope* child = first_child_; child != nullptr; child = child->next_sibling_) child->parent_ = nullptr;
  if (parent_ == nullptr) return;
  (prev_sibling_ != nullptr ? prev_sibling_->next_sibling_ : parent_->first_child_) = next_sibling_;
  if (next_sibling_ != nullptr) next_sibling_->prev_sibling_ = prev_sibling_;
}

void CancelScope::cancel() {
  if (cancelled_) return;
  cancelled_ = true;
  while (first_waiter_ != nullptr) first_waiter_->wake(WakeReason::kCancelled);
  for (CancelScope* child = first_child_; child != nullptr; child = child->next_sibling_) child->cancel();
}

// ---- Awaiting -------------------------------------------------------------------------------------------------------------------------

bool Executor::WaitAwaiter::suspend(std::coroutine_handle<> self, CancelScope* scope) {
  Executor& executor = *waiter_.executor;
  if (scope != nullptr && scope->cancelled_) {
    waiter_.reason = WakeReason::kCancelled;
    return false;
  }
  if (kind_ == Kind::kEvent && event_->set_) {
    event_->set_ = false;
    waiter_.reason = WakeReason::kSignalled;
    return false;
  }
  waiter_.handle = self;
  if (kind_ == Kind::kYield) {
    waiter_.reason = WakeReason::kSignalled;
    executor.make_ready(self);
    return true;
  }
  if (kind_ == Kind::kEvent) {
    waiter_.event = event_;
    waiter_.event_prev = event_->last_;
    (event_->last_ != nullptr ? event_->last_->event_next : event_->first_) = &waiter_;
    event_->last_ = &waiter_;
  }
  if (kind_ == Kind::kDescriptor) {
    waiter_.fd = fd_;
    waiter_.fd_events = fd_events_;
    executor.descriptors_.push_back(&waiter_);
  }
  if (deadline_ != kNever) executor.add_timer(waiter_, deadline_);
  if (scope != nullptr) {
    waiter_.scope = scope;
    waiter_.scope_next = scope->first_waiter_;
    if (waiter_.scope_next != nullptr) waiter_.scope_next->scope_prev = &waiter_;
    scope->first_waiter_ = &waiter_;
  }
  return true;
}

Status Executor::WaitAwaiter::await_resume() const {
  switch (waiter_.reason) {
    case WakeReason::kSignalled:
      return {};
    case WakeReason::kDeadline:
      if (kind_ == Kind::kTimer) return {};
      return fail(ErrorCode::kTimeout, "the deadline came first");
    case WakeReason::kCancelled:
      return fail(ErrorCode::kCancelled, "the work was cancelled");
    case WakeReason::kPending:
      break;
  }
  return fail(ErrorCode::kInternal, "a wait ended without a reason");
}

Executor::WaitAwaiter Executor::sleep_until(TimePoint when) {
  return {*this, WaitAwaiter::Kind::kTimer, when};
}
Executor::WaitAwaiter Executor::sleep_for(Duration d) {
  return sleep_until(saturating_add(now(), d));
}
Executor::WaitAwaiter Executor::yield() {
  return {*this, WaitAwaiter::Kind::kYield, kNever};
}

Executor::WaitAwaiter Executor::wait_readable(int fd, TimePoint deadline) {
  return {*this, WaitAwaiter::Kind::kDescriptor, deadline, nullptr, fd, POLLIN};
}

Executor::WaitAwaiter Executor::wait_writable(int fd, TimePoint deadline) {
  return {*this, WaitAwaiter::Kind::kDescriptor, deadline, nullptr, fd, POLLOUT};
}

Event::~Event() {
  while (first_ != nullptr) first_->wake(WakeReason::kCancelled);
}

void Event::set() {
  if (first_ == nullptr) {
    set_ = true;
    return;
  }
  while (first_ != nullptr) first_->wake(WakeReason::kSignalled);
}

void Event::set_at(TimePoint when) {
  for (Waiter* waiter = first_; waiter != nullptr; waiter = waiter->event_next) {
    if (waiter->timer_signals) continue;
    if (waiter->heap_index == Waiter::kNotInHeap) {
      executor_.add_timer(*waiter, when);
    } else if (when <= executor_.heap_[waiter->heap_index].when) {
      executor_.move_timer(*waiter, when);
    } else {
      continue;  // its deadline comes first
    }
    waiter->timer_signals = true;
  }
}

Executor::WaitAwaiter Event::wait(TimePoint deadline) {
  return {executor_, Executor::WaitAwaiter::Kind::kEvent, deadline, this};
}

// ---- Timers: a binary heap ordered by (deadline, order of issue) ------------------------------------------------------------------------

void Executor::place(std::size_t index, Timer timer) {
  timer.waiter->heap_index = index;
  heap_[index] = timer;
}

void Executor::sift_up(std::size_t index, Timer timer) {
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (!timer.before(heap_[parent])) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, timer);
}

void Executor::sift_down(std::size_t index, Timer timer) {
  for (;;) {
    std::size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
    if (!heap_[child].before(timer)) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, timer);
}

void Executor::add_timer(Waiter& waiter, TimePoint when) {
  heap_.emplace_back();
  sift_up(heap_.size() - 1, Timer{when, next_sequence_++, &waiter});
}

void Executor::remove_timer(Waiter& waiter) {
  const std::size_t index = waiter.heap_index;
  waiter.heap_index = Waiter::kNotInHeap;
  const Timer last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  if (index > 0 && last.before(heap_[(index - 1) / 2])) {
    sift_up(index, last);
  } else {
    sift_down(index, last);
  }
}

void Executor::move_timer(Waiter& waiter, TimePoint earlier) {
  const std::size_t index = waiter.heap_index;
  const bool same_instant = heap_[index].when == earlier;
  const Timer moved{earlier, next_sequence_++, &waiter};
  if (same_instant) {
    sift_down(index, moved);  // behind the others of the instant, as if it were new
  } else {
    sift_up(index, moved);
  }
}

}  // namespace pumprig::exec
