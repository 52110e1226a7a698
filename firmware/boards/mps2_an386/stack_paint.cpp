#include "firmware/boards/mps2_an386/stack_paint.h"

extern "C" {
extern std::uint32_t __stack_bottom[];
extern std::uint32_t __stack_top[];
}

namespace pumpfw::mps2 {
namespace {
constexpr std::uint32_t kPaint = 0x5AA5'C33C;
}

[[gnu::noinline]] void paint_stack() {
  // Up to the frame of this function, which is the deepest there is now.
  const auto* here = static_cast<const std::uint32_t*>(__builtin_frame_address(0));
  for (volatile std::uint32_t* word = __stack_bottom; word < here - 8; ++word) *word = kPaint;
}

std::uint32_t stack_size() {
  return static_cast<std::uint32_t>(__stack_top - __stack_bottom) * 4;
}

bool stack_intact() {
  constexpr std::uint32_t kCanaryWords = 4;
  for (std::uint32_t i = 0; i < kCanaryWords; ++i) {
    if (static_cast<const volatile std::uint32_t*>(__stack_bottom)[i] != kPaint) return false;
  }
  return true;
}

std::uint32_t stack_used() {
  const volatile std::uint32_t* word = __stack_bottom;
  while (word != __stack_top && *word == kPaint) ++word;
  return static_cast<std::uint32_t>(__stack_top - word) * 4;
}

}  // namespace pumpfw::mps2
