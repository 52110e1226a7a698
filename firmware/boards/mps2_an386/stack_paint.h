// How deep the stack has ever been, read from the paint that was laid over it at reset.
#pragma once

#include <cstdint>

namespace pumpfw::mps2 {

// Called first after reset, by the code that owns the whole stack.
void paint_stack();
std::uint32_t stack_size();  // bytes
bool stack_intact();         // nothing has ever written to its far end
std::uint32_t stack_used();  // bytes, deepest since the reset

}  // namespace pumpfw::mps2
