// The virtual bench put together: plant, motor driver, pump board with the firmware, and the virtual side of every instrument, each at the
// far end of a link that speaks the real wire protocol.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/result.h"
#include "rig/exec/executor.h"
#include "rig/instruments/instrument.h"
#include "rig/link/link.h"
#include "rig/twin/assembly/board_events.h"
#include "rig/twin/control/twin_control.h"

namespace pumprig::twin {

// The firmware in this process; the ARM image in QEMU, in lockstep; or in QEMU in real time, with its own drivers of lines and timers.
enum class BoardKind : std::uint8_t { kHost, kArm, kArmWire };

struct VirtualBenchConfig {
  struct Instrument {
    std::string name;
    const instruments::Descriptor* descriptor = nullptr;
    instruments::Settings settings;
  };
  std::vector<Instrument> instruments;
  BoardKind board = BoardKind::kHost;
  std::string firmware_mutant;  // planted defect of the host firmware, by name; "" for none
  std::uint64_t seed = 1;
  double clock_offset_s = 0;             // pump minus rig at the start
  double clock_rate_error = 20e-6;       // of the pump's clock; of its real-time clock only where the board runs in real time
  double restrictor_pa_s_per_m3 = 1e14;  // the bench's wet path
  double compliance_ul_per_kpa = 0.2;
  double fluid_temperature_c = 20;
  double reservoir_ul = 20'000;  // true volume at the start
  bool reservoir_sensor = true;  // the pump measures what is in its reservoir
  int gdb_port = 0;              // of the ARM board; 0: no debugger
};

class VirtualBench {
 public:
  // kInvalidArgument (also a board in real time at another speed than 1), kUnsupported (no ARM image in this build), kUnavailable (QEMU did
  // not start).
  static Result<std::unique_ptr<VirtualBench>> create(VirtualBenchConfig config, exec::Executor& executor);
  virtual ~VirtualBench() = default;

  // The rig's end of the link of an instrument; once each. A memory link with the baud timing of its descriptor.
  virtual Result<std::unique_ptr<link::Link>> take_link(std::string_view instrument) = 0;
  // Powers the board on and lets every virtual side serve. Returns at once; they run on the executor until stop().
  virtual Status start() = 0;
  virtual Task<void> stop() = 0;
  // An error of the twin itself (QEMU died): makes the run an error, never a pump failure.
  virtual Status health() const = 0;

  // Told of resets and of lateness until taken away by null.
  virtual void set_board_events(BoardEvents* events) = 0;
  virtual TwinControl& control() = 0;
  virtual std::string board_description() const = 0;
  virtual std::string firmware_hash() const = 0;
  // For a scenario's initial state: what really is in the reservoir, µL (the entered volume is the pump's own business).
  virtual void set_true_reservoir_ul(double volume) = 0;
};

}  // namespace pumprig::twin
