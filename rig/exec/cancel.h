// Cancellation: a scope that tasks run in. Cancelling it ends every wait in it, and in the scopes below it, with Error kCancelled;
// later waits in it end at once. Teardown therefore runs shielded (see task.h, shield()).
#pragma once

namespace pumprig::exec {

struct Waiter;

class CancelScope {
 public:
  explicit CancelScope(CancelScope* parent = nullptr);
  ~CancelScope();
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

  void cancel();
  bool cancelled() const { return cancelled_; }

 private:
  friend struct Waiter;
  friend class Executor;
  bool cancelled_ = false;
  CancelScope* parent_ = nullptr;
  CancelScope* first_child_ = nullptr;
  CancelScope* next_sibling_ = nullptr;
  CancelScope* prev_sibling_ = nullptr;
  Waiter* first_waiter_ = nullptr;
};

}  // namespace pumprig::exec
