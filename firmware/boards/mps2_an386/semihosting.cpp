#include "firmware/boards/mps2_an386/semihosting.h"

namespace pumpfw::mps2 {
namespace {

// Numbers and blocks of "Semihosting for AArch32 and AArch64", Arm 2.0.
enum Call : std::uint32_t { kOpen = 0x01, kPrint = 0x04, kWrite = 0x05, kRead = 0x06, kExitExtended = 0x20 };
constexpr std::uint32_t kApplicationExit = 0x20026;

std::uint32_t call(Call number, const void* block) {
  register std::uint32_t r0 __asm("r0") = number;
  register const void* r1 __asm("r1") = block;
  __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

std::uint32_t address_of(const void* p) {
  return reinterpret_cast<std::uint32_t>(p);
}

void put_hex(char* out, std::uint32_t value) {
  for (int i = 7; i >= 0; --i, value >>= 4) out[i] = "0123456789abcdef"[value & 15];
}

}  // namespace

std::int32_t open_file(const char* name, OpenMode mode) {
  std::uint32_t length = 0;
  while (name[length] != 0) ++length;
  const std::uint32_t block[3] = {address_of(name), static_cast<std::uint32_t>(mode), length};
  return static_cast<std::int32_t>(call(kOpen, block));
}

bool write_all(std::int32_t handle, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const std::uint32_t block[3] = {static_cast<std::uint32_t>(handle), address_of(bytes.data()), bytes.size()};
    const std::uint32_t left = call(kWrite, block);
    if (left >= bytes.size()) return false;
    bytes = bytes.last(left);
  }
  return true;
}

std::size_t read_some(std::int32_t handle, std::span<std::uint8_t> out) {
  const std::uint32_t block[3] = {static_cast<std::uint32_t>(handle), address_of(out.data()), out.size()};
  const std::uint32_t left = call(kRead, block);
  return left > out.size() ? 0 : out.size() - left;
}

void leave(std::uint32_t code) {
  const std::uint32_t block[2] = {kApplicationExit, code};
  call(kExitExtended, block);
  for (;;) {
  }
}

void print(const char* text) {
  call(kPrint, text);
}

void print_fault(std::uint32_t pc, std::uint32_t lr) {
  char text[] = "firmware: fault at pc ........ lr ........\n";
  put_hex(text + 22, pc);
  put_hex(text + 34, lr);
  print(text);
}

}  // namespace pumpfw::mps2
