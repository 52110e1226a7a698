// Keeps interrupts out while it lives. The watchdog's NMI comes all the same.
#pragma once

#include <cstdint>

namespace pumpfw::mps2 {

class IrqLock {
 public:
  IrqLock() {
    __asm volatile("mrs %0, primask" : "=r"(before_));
    __asm volatile("cpsid i" ::: "memory");
  }
  ~IrqLock() { __asm volatile("msr primask, %0" ::"r"(before_) : "memory"); }
  IrqLock(const IrqLock&) = delete;
  IrqLock& operator=(const IrqLock&) = delete;

 private:
  std::uint32_t before_;
};

}  // namespace pumpfw::mps2
