#include "rig/exec/executor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace pumprig::exec {

namespace detail {

void resume_next(Executor& executor, std::coroutine_handle<> next) noexcept {
  executor.next_ = next;
}

Error error_from_current_exception() {
  try {
    throw;
  } catch (const std::exception& e) {
    return Error{ErrorCode::kInternal, std::string("an exception came out of a task: ") + e.what(), {}, nullptr};
  } catch (...) {
    return Error{ErrorCode::kInternal, "an unknown exception came out of a task", {}, nullptr};
  }
}

}  // namespace detail

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

// ---- The loop ---------------------------------------------------------------------------------------------------------------------------

std::unique_ptr<Executor> Executor::make_virtual() {
  return std::unique_ptr<Executor>(new Executor(true, 1.0));
}
std::unique_ptr<Executor> Executor::make_wall(double speed) {
  return std::unique_ptr<Executor>(new Executor(false, speed));
}

Executor::Executor(bool is_virtual, double speed) : virtual_(is_virtual), speed_(speed), wall_origin_ns_(monotonic_ns()) {
  wake_fd_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

Executor::~Executor() {
  // Frames that still wait are destroyed; their waiters take themselves out of the lists.
  while (!roots_.empty()) {
    const auto root = roots_.back();
    roots_.pop_back();
    root.destroy();
  }
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

std::int64_t Executor::monotonic_ns() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

TimePoint Executor::wall_now() const {
  const auto elapsed = static_cast<double>(monotonic_ns() - wall_origin_ns_);
  return scenario_origin_ + Duration(static_cast<std::int64_t>(elapsed * speed_));
}

void Executor::set_speed(double speed) {
  if (virtual_) return;
  scenario_origin_ = wall_now();
  wall_origin_ns_ = monotonic_ns();
  speed_ = speed;
}

TimePoint Executor::after_wall(Duration wall) const {
  if (virtual_ || speed_ == 1.0) return saturating_add(now(), wall);
  return saturating_add(now(), Duration(static_cast<std::int64_t>(static_cast<double>(wall.count()) * speed_)));
}

void Executor::start_root(Root root) {
  root.handle.promise().index = roots_.size();
  roots_.push_back(root.handle);
  ++live_roots_;
  make_ready(root.handle);
}

void Executor::run_ready() {
  while (!ready_.empty()) {
    next_ = ready_.front();
    ready_.pop_front();
    while (next_) {
      const auto current = next_;
      next_ = nullptr;
      current.resume();
    }
  }
}

void Executor::post(std::function<void()> work) {
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.push_back(std::move(work));
  }
  has_posted_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);
}

void Executor::run_posted() {
  if (!has_posted_.load(std::memory_order_acquire)) return;
  std::vector<std::function<void()>> work;
  {
    const std::lock_guard lock(posted_mutex_);
    work.swap(posted_);
    has_posted_.store(false, std::memory_order_relaxed);
    std::uint64_t drained = 0;
    [[maybe_unused]] const auto got = ::read(wake_fd_, &drained, sizeof drained);
  }
  for (auto& item : work) item();
}

bool Executor::fire_due_timers() {
  const TimePoint present = now();
  bool fired = false;
  while (!heap_.empty() && heap_.front().when <= present) {
    if (!virtual_) {
      const auto late = Duration(static_cast<std::int64_t>(static_cast<double>((present - heap_.front().when).count()) / speed_));
      ++statistics_.timers;
      if (late > std::chrono::milliseconds(10)) ++statistics_.late;
      statistics_.worst_lateness = std::max(statistics_.worst_lateness, late);
    }
    Waiter& waiter = *heap_.front().waiter;
    waiter.wake(waiter.timer_signals ? WakeReason::kSignalled : WakeReason::kDeadline);
    fired = true;
    if (virtual_) break;  // what this deadline sets off runs before the next one of the same instant
  }
  return fired;
}

void Executor::poll_descriptors(Duration limit) {
  std::vector<pollfd> fds;
  fds.reserve(descriptors_.size() + 1);
  fds.push_back({wake_fd_, POLLIN, 0});
  for (const Waiter* waiter : descriptors_) fds.push_back({waiter->fd, waiter->fd_events, 0});
  const timespec timeout{static_cast<time_t>(limit.count() / 1'000'000'000), static_cast<long>(limit.count() % 1'000'000'000)};
  if (::ppoll(fds.data(), fds.size(), limit == Duration::max() ? nullptr : &timeout, nullptr) <= 0) return;
  std::vector<Waiter*> signalled;
  for (std::size_t i = 1; i < fds.size(); ++i) {
    if (fds[i].revents != 0) signalled.push_back(descriptors_[i - 1]);
  }
  for (Waiter* waiter : signalled) waiter->wake(WakeReason::kSignalled);
}

// Nothing is ready: lets time or the outside bring something.
Status Executor::advance() {
  if (!virtual_) {
    if (fire_due_timers()) return {};
    Duration limit = Duration::max();
    if (!heap_.empty()) {
      const double wall = static_cast<double>((heap_.front().when - now()).count()) / speed_;
      limit = wall <= 0 ? Duration::zero() : wall > 9e18 ? Duration::max() : Duration(static_cast<std::int64_t>(wall) + 1);
    }
    poll_descriptors(limit);
    return {};
  }
  const bool pinned = holds_ > 0 && monotonic_ns() < hold_guard_until_ns_;
  if (pinned) {
    poll_descriptors(Duration(std::max<std::int64_t>(hold_guard_until_ns_ - monotonic_ns(), 0)));
    return {};
  }
  if (!descriptors_.empty()) {
    poll_descriptors(heap_.empty() ? Duration::max() : Duration::zero());
    if (!ready_.empty()) return {};
  }
  if (heap_.empty()) {
    if (!descriptors_.empty() || has_posted_) return {};
    return fail(ErrorCode::kInternal, "virtual time stands still: every task waits for something that no other will do");
  }
  now_ = std::max(now_, heap_.front().when);
  fire_due_timers();
  return {};
}

void Executor::run_until(const bool& done, Status& outcome) {
  for (;;) {
    run_posted();
    run_ready();
    if (done) return;
    if (has_posted_.load(std::memory_order_acquire)) continue;
    outcome = advance();
    if (!outcome) return;
  }
}

void Executor::finish_root(std::size_t index) noexcept {
  roots_[index] = roots_.back();
  roots_.pop_back();
  if (index < roots_.size()) std::coroutine_handle<Root::promise_type>::from_address(roots_[index].address()).promise().index = index;
  --live_roots_;
}

Executor::Hold::Hold(Executor& executor, Duration guard) : executor_(executor) {
  ++executor_.holds_;
  executor_.hold_guard_until_ns_ = executor_.monotonic_ns() + guard.count();
}
Executor::Hold::~Hold() {
  --executor_.holds_;
}

}  // namespace pumprig::exec
