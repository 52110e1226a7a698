// The pump board as QEMU emulates it: the ARM image runs in lockstep, one exchange a wake.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "firmware/boards/lockstep/wire.h"
#include "rig/twin/board/board_port.h"

namespace pumprig::twin {

struct QemuBoardConfig {
  std::filesystem::path image;  // the ELF; find_arm_image() names the one that was built with the rig
  std::string serial = "0";     // at most 16 characters, what the board says of itself
  std::uint64_t seed = 0;       // of entropy(); each boot draws its own stream from it
  std::string program = "qemu-system-arm";
  // Wall time that QEMU may take for one exchange, a hung firmware's time to the bite of its watchdog included. Beyond it QEMU is killed.
  std::chrono::milliseconds guard = std::chrono::seconds(10);
  // Port on the loopback interface on which QEMU waits for gdb before the first instruction; 0: none. With gdb the guard is off.
  std::uint16_t gdb_port = 0;
};

class QemuBoard : public BoardPort {
 public:
  // What the processor measured about itself, between two wakes. kUnavailable as in wake().
  virtual Result<pumpfw::lockstep::GuestFacts> ask_facts() = 0;
  // Of the running emulator, for tests that stop or kill it.
  virtual int process_id() const = 0;
};

// Makes the board's memory and reads the image; the first boot(kPowerOn) starts QEMU, each later one starts it anew.
// kNotFound: no such image. kUnavailable: no place for the memory.
//
// wake() and boot() fail with kUnavailable when QEMU could not be started, ended, or did not answer within the guard; the text holds the
// end of what it printed. It is dead then; boot(kPowerOn) makes a new one, with the memory as it stands. A firmware that hangs is reset by
// the watchdog of the board, which wake() reports as a reset.
Result<std::unique_ptr<QemuBoard>> make_qemu_board(const QemuBoardConfig& config);

enum class ArmImage : std::uint8_t { kLockstep, kWire };
// PUMPRIG_ARM_IMAGE (in real time PUMPRIG_ARM_WIRE_IMAGE), else share/pumprig/firmware/mps2_an386/pump.elf (pump_wire.elf), else that of
// this build. kNotFound says how to get one.
Result<std::filesystem::path> find_arm_image(ArmImage which = ArmImage::kLockstep);

}  // namespace pumprig::twin
