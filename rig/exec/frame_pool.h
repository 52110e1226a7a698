// Memory for coroutine frames: freed frames of a thread are kept by size and used again, because a virtual run makes millions of them.
#pragma once

#include <cstddef>

namespace pumprig::exec {

void* allocate_frame(std::size_t size);
void free_frame(void* frame, std::size_t size) noexcept;

}  // namespace pumprig::exec
