#include "rig/exec/frame_pool.h"

#include <array>
#include <new>

#include "rig/base/sanitizer.h"

namespace pumprig::exec {
namespace {

constexpr bool kPool = !kAddressSanitizer;  // let the sanitizer see every frame's life

constexpr std::size_t kGrain = 64;
constexpr std::size_t kClasses = 32;  // frames up to 2 KiB

struct FreeFrame {
  FreeFrame* next;
};

struct Pool {
  std::array<FreeFrame*, kClasses> free{};
  ~Pool() {
    for (FreeFrame* list : free) {
      while (list != nullptr) {
        FreeFrame* next = list->next;
        ::operator delete(list);
        list = next;
      }
    }
  }
};

thread_local Pool pool;

}  // namespace

void* allocate_frame(std::size_t size) {
  const std::size_t grains = (size + kGrain - 1) / kGrain;
  if (!kPool || grains >= kClasses) return ::operator new(size);
  if (FreeFrame* frame = pool.free[grains]; frame != nullptr) {
    pool.free[grains] = frame->next;
    return frame;
  }
  return ::operator new(grains* kGrain);
}

void free_frame(void* memory, std::size_t size) noexcept {
  const std::size_t grains = (size + kGrain - 1) / kGrain;
  if (!kPool || grains >= kClasses) {
    ::operator delete(memory);
    return;
  }
  auto* frame = static_cast<FreeFrame*>(memory);
  frame->next = pool.free[grains];
  pool.free[grains] = frame;
}

}  // namespace pumprig::exec
