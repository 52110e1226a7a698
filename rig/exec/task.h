// Task<T>: a coroutine that yields Result<T>.
//
//   Task<double> read_pressure(Link& link, Deadline d) {
//     CO_TRY(co_await link.write_all(request, d));
//     CO_TRY_ASSIGN(const Bytes reply, co_await read_reply(link, d));
//     co_return decode(reply);                      // or co_return fail(ErrorCode::kProtocol, "…");
//   }
//
// A task starts when it is awaited or spawned, never before. It runs on the thread of its executor and inherits the executor and the
// cancel scope of whoever awaits it. Awaiting never grows the stack: every switch goes back to the executor's loop, so ten million ready
// awaits in a row are fine at any optimisation level (symmetric transfer is not, in GCC 12 below -O2 and under ASan). This own type is
// used instead of boost::asio::awaitable because it is included by every file that waits: it compiles in a tenth of the time.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "rig/base/result.h"
#include "rig/exec/frame_pool.h"

namespace pumprig::exec {

class Executor;
class CancelScope;

namespace detail {

struct PromiseBase {
  Executor* executor = nullptr;
  CancelScope* scope = nullptr;
  std::coroutine_handle<> continuation;

  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }

  std::suspend_always initial_suspend() noexcept { return {}; }
};

// Makes `next` the coroutine that the executor's loop resumes next, before anything in its queue.
void resume_next(Executor& executor, std::coroutine_handle<> next) noexcept;
// The Error for an exception that a library let out of a task.
Error error_from_current_exception();

struct FinalAwaiter {
  bool await_ready() noexcept { return false; }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> self) noexcept {
    auto& promise = self.promise();
    if (promise.continuation) resume_next(*promise.executor, promise.continuation);
  }
  void await_resume() noexcept {}
};

}  // namespace detail

template <typename T>
class [[nodiscard]] Task {
 public:
  struct promise_type : detail::PromiseBase {
    std::optional<Result<T>> result;

    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    detail::FinalAwaiter final_suspend() noexcept { return {}; }
    void return_value(Result<T> value) { result.emplace(std::move(value)); }
    void unhandled_exception() { result.emplace(tl::unexpected<Error>(detail::error_from_current_exception())); }
  };

  struct Awaiter {
    std::coroutine_handle<promise_type> child;
    bool shielded = false;

    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    void await_suspend(std::coroutine_handle<Promise> parent) noexcept {
      auto& promise = child.promise();
      promise.executor = parent.promise().executor;
      promise.scope = shielded ? nullptr : parent.promise().scope;
      promise.continuation = parent;
      detail::resume_next(*promise.executor, child);
    }
    Result<T> await_resume() { return std::move(*child.promise().result); }
  };

  Task() = default;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  // The Task must outlive the await; awaiting the temporary that a call returns is fine.
  Awaiter operator co_await() const noexcept { return Awaiter{handle_, false}; }
  Awaiter shielded() const noexcept { return Awaiter{handle_, true}; }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

// co_await shield(task): runs the task outside the cancel scope, for teardown that must happen.
template <typename T>
class [[nodiscard]] ShieldedTask {
 public:
  explicit ShieldedTask(Task<T> task) : task_(std::move(task)) {}
  typename Task<T>::Awaiter operator co_await() const noexcept { return task_.shielded(); }

 private:
  Task<T> task_;
};
template <typename T>
ShieldedTask<T> shield(Task<T> task) {
  return ShieldedTask<T>(std::move(task));
}

}  // namespace pumprig::exec

namespace pumprig {
using exec::Task;
}
