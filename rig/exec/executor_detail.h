// The templates of executor.h. Included by it; include that instead.
#pragma once

namespace pumprig::exec {

class [[nodiscard]] Executor::WaitAwaiter {
 public:
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) {
    return suspend(self, self.promise().scope);
  }
  Status await_resume() const;

 private:
  friend class Executor;
  friend class Event;
  enum class Kind : std::uint8_t { kTimer, kYield, kEvent, kDescriptor };

  WaitAwaiter(Executor& executor, Kind kind, TimePoint deadline, Event* event = nullptr, int fd = -1, short fd_events = 0)
      : kind_(kind), fd_events_(fd_events), fd_(fd), event_(event), deadline_(deadline) {
    waiter_.executor = &executor;
  }
  // Links the waiter in; false when the wait is over already.
  bool suspend(std::coroutine_handle<> self, CancelScope* scope);

  Kind kind_;
  short fd_events_;
  int fd_;
  Event* event_;
  TimePoint deadline_;
  Waiter waiter_;
};

template <typename T>
struct JoinState {
  explicit JoinState(Executor& executor, CancelScope* parent) : scope(parent), finished(executor) {}
  CancelScope scope;
  Event finished;
  bool done = false;
  std::optional<Result<T>> result;
};

// The caller's end of a spawned task.
template <typename T>
class JoinHandle {
 public:
  JoinHandle() = default;
  explicit JoinHandle(std::shared_ptr<JoinState<T>> state) : state_(std::move(state)) {}

  bool valid() const { return state_ != nullptr; }
  bool done() const { return state_->done; }
  void cancel() { state_->scope.cancel(); }
  // Waits for the end and takes the result; once. If the waiter itself is cancelled first, kCancelled comes and the task goes on.
  Task<T> join() {
    auto state = state_;
    return wait_for(std::move(state));
  }

 private:
  static Task<T> wait_for(std::shared_ptr<JoinState<T>> state) {
    while (!state->done) CO_TRY(co_await state->finished.wait());
    co_return std::move(*state->result);
  }
  std::shared_ptr<JoinState<T>> state_;
};

struct Executor::Root::promise_type : detail::PromiseBase {
  std::size_t index = 0;

  Root get_return_object() { return Root{std::coroutine_handle<promise_type>::from_promise(*this)}; }
  // The root's frame goes by itself when its task has finished.
  std::suspend_never final_suspend() noexcept {
    executor->finish_root(index);
    return {};
  }
  void return_void() noexcept {}
  void unhandled_exception() noexcept { std::terminate(); }
};

template <typename T>
Executor::Root Executor::run_root(Task<T> task, std::shared_ptr<JoinState<T>> state) {
  state->result.emplace(co_await task);
  state->done = true;
  state->finished.set();
}

template <typename T>
JoinHandle<T> Executor::spawn(Task<T> task, CancelScope* parent) {
  auto state = std::make_shared<JoinState<T>>(*this, parent);
  Root root = run_root<T>(std::move(task), state);
  root.handle.promise().executor = this;
  root.handle.promise().scope = &state->scope;
  start_root(root);
  return JoinHandle<T>(std::move(state));
}

template <typename T>
Result<T> Executor::run(Task<T> task) {
  auto state = std::make_shared<JoinState<T>>(*this, nullptr);
  Root root = run_root<T>(std::move(task), state);
  root.handle.promise().executor = this;
  root.handle.promise().scope = &state->scope;
  start_root(root);
  Status outcome;
  run_until(state->done, outcome);
  if (!state->done) return tl::unexpected<Error>(outcome.error());
  return std::move(*state->result);
}

}  // namespace pumprig::exec
