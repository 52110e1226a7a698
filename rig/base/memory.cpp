#include "rig/base/memory.h"

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <new>

namespace pumprig {
namespace {

// Never touched, so that it costs address space only. Far more than a teardown, a last commit and a report take.
constexpr std::size_t kReserve = std::size_t{8} << 20;

std::mutex mutex;  // guards the two that follow; the handler takes it not, it may be called anywhere
int holders = 0;
std::new_handler handler_before = nullptr;

std::atomic<void*> reserve{nullptr};
std::atomic<bool> refused{false};

// operator new calls it when there is nothing to be had, and tries again when it returns.
void give_reserve() {
  refused.store(true);
  void* held = reserve.exchange(nullptr);
  if (held == nullptr) throw std::bad_alloc();
  std::free(held);
}

}  // namespace

MemoryReserve::MemoryReserve() {
  const std::lock_guard lock(mutex);
  if (holders++ > 0) return;
  void* held = std::malloc(kReserve);
  refused.store(held == nullptr);
  reserve.store(held);
  handler_before = std::set_new_handler(give_reserve);
}

MemoryReserve::~MemoryReserve() {
  const std::lock_guard lock(mutex);
  if (--holders > 0) return;
  std::set_new_handler(handler_before);
  std::free(reserve.exchange(nullptr));
  refused.store(false);
}

Status memory_status() {
  if (!refused.load(std::memory_order_relaxed)) return {};
  return fail(ErrorCode::kUnavailable, "the system refuses this process memory; look at its limits, and at what else runs on the machine");
}

Error out_of_memory() {
  return Error{ErrorCode::kUnavailable, "out of memory", {}, nullptr};  // short enough to stand in the text itself
}

}  // namespace pumprig
