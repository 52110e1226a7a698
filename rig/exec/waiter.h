// What a suspended coroutine waits for: an instant, an Event, a descriptor, or the cancellation of its scope, whichever comes first.
// Internal to rig/exec; code above uses Executor, Event and CancelScope.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>

#include "rig/base/result.h"
#include "rig/base/time.h"

namespace pumprig::exec {

class Executor;
class Event;
class CancelScope;

enum class WakeReason : std::uint8_t { kPending, kSignalled, kDeadline, kCancelled };

// Lives in the frame of the suspended coroutine; linked into the executor's heap, its event and its scope while it waits.
struct Waiter {
  static constexpr std::size_t kNotInHeap = static_cast<std::size_t>(-1);

  std::coroutine_handle<> handle;
  Executor* executor = nullptr;
  WakeReason reason = WakeReason::kPending;

  std::size_t heap_index = kNotInHeap;
  bool timer_signals = false;  // the timer stands for the event's announced instant, not for the deadline

  Event* event = nullptr;
  Waiter* event_next = nullptr;
  Waiter* event_prev = nullptr;

  CancelScope* scope = nullptr;
  Waiter* scope_next = nullptr;
  Waiter* scope_prev = nullptr;

  int fd = -1;
  short fd_events = 0;

  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() { unlink(); }

  // Takes the waiter out of every list it is in.
  void unlink();
  // Unlinks, notes why, and makes its coroutine ready to run.
  void wake(WakeReason why);
};

}  // namespace pumprig::exec
