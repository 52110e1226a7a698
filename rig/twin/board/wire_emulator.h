// QEMU in real time: the ARM image that drives its own UARTs, timers and watchdog. Each UART ends at a Unix socket, here as a link.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "rig/base/result.h"
#include "rig/exec/executor.h"
#include "rig/link/link.h"
#include "rig/twin/board/board_workplace.h"
#include "rig/twin/board/emulator_child.h"

namespace pumprig::twin {

struct WireEmulatorConfig {
  std::filesystem::path image;  // the ELF; find_arm_image(ArmImage::kWire)
  std::string program = "qemu-system-arm";
  Duration start_guard = std::chrono::seconds(20);  // wall time that it may take to take its lines
};

class WireEmulator {
 public:
  enum Line : std::size_t { kTelemetry = 0, kMotor = 1, kPins = 2, kLines };

  WireEmulator(exec::Executor& executor, WireEmulatorConfig config);
  ~WireEmulator();

  // Makes the board's memory and reads the image. kNotFound: no such image. kUnavailable: no QEMU, or no place for the memory.
  Status prepare();
  // Switches the board on, with its memory as it stands, and waits until its three lines are there. kUnavailable: it ended, or did not take
  // them within the guard; the text holds what it printed.
  Task<void> start();
  // Switches it off. Whatever it does, it ends: SIGKILL.
  void kill();
  // Keeps what it prints until cancelled, so that it never waits for a reader.
  Task<void> keep_output();

  // From start() to kill(). A hang-up is the end of QEMU.
  link::Link& line(Line which) { return *lines_[which]; }
  // Kills it; the error says why, how it ended and what it printed.
  tl::unexpected<Error> give_up(std::string_view what);

  std::span<std::uint8_t> nvm() { return workplace_.memory(); }
  std::span<std::uint8_t> images() { return workplace_.images(); }  // as BoardPort has it
  // "mps2_an386 in QEMU 7.2.22, in real time", and the SHA-256 of the image.
  std::string describe() const { return "mps2_an386 in " + version_ + ", in real time"; }
  const std::string& firmware_hash() const { return hash_; }
  int process_id() const { return child_.pid(); }

 private:
  Task<void> take_line(Line which, int listener, TimePoint deadline);

  exec::Executor& executor_;
  WireEmulatorConfig config_;
  BoardWorkplace workplace_;
  std::string version_;
  std::string hash_;
  EmulatorChild child_;
  std::array<std::unique_ptr<link::Link>, kLines> lines_;
};

}  // namespace pumprig::twin
