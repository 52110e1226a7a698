// Calls from the emulated processor to the machine that emulates it. Only this board may use them: on a processor without debugger the
// instruction faults.
#pragma once

#include <cstdint>
#include <span>

namespace pumpfw::mps2 {

enum class OpenMode : std::uint32_t { kRead = 1, kWrite = 5 };  // binary

// Opens a file of the host and waits for it (a FIFO: until the far end opens it too). Negative: it could not.
std::int32_t open_file(const char* name, OpenMode mode);
// Writes all; false if the far end is gone.
bool write_all(std::int32_t handle, std::span<const std::uint8_t> bytes);
// Reads what is there, at least one byte; 0 if the far end is gone.
std::size_t read_some(std::int32_t handle, std::span<std::uint8_t> out);
// Ends the emulator.
[[noreturn]] void leave(std::uint32_t code);

// Text on the emulator's error output.
void print(const char* text);
void print_fault(std::uint32_t pc, std::uint32_t lr);

}  // namespace pumpfw::mps2
