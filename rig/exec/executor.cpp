#include "rig/exec/executor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "rig/base/memory.h"

namespace pumprig::exec {

namespace detail {

void resume_next(Executor& executor, std::coroutine_handle<> next) noexcept {
  executor.next_ = next;
}

Error error_from_current_exception() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::exception& e) {
    return Error{ErrorCode::kInternal, std::string("an exception came out of a task: ") + e.what(), {}, nullptr};
  } catch (...) {
    return Error{ErrorCode::kInternal, "an unknown exception came out of a task", {}, nullptr};
  }
}

}  // namespace detail

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
