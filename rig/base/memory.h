// What a process keeps back for the case that the system refuses it memory.
#pragma once

#include "rig/base/result.h"

namespace pumprig {

// While one lives, some address space is held back. The first allocation (by operator new) that the system refuses gets it, and
// memory_status() says so: whoever runs a pump has enough left to bring it to the safe state and to finish the record. What is refused
// after that is std::bad_alloc, as ever. Several may live at once, on any thread; they share what is held back.
class MemoryReserve {
 public:
  MemoryReserve();
  ~MemoryReserve();
  MemoryReserve(const MemoryReserve&) = delete;
  MemoryReserve& operator=(const MemoryReserve&) = delete;
};

// kUnavailable from the moment in which memory was refused until no reserve is held any more; also when there was none to hold back.
Status memory_status();

// What std::bad_alloc becomes. Needs no memory.
Error out_of_memory();

}  // namespace pumprig
