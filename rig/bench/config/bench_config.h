// A bench as its file declares it: which instruments, on which links, what lies between pump and meter, and what is safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/result.h"
#include "rig/base/time.h"
#include "rig/instruments/instrument.h"

namespace pumprig::bench {

// Which world a run came from. Record, report, JUnit and API all say it: a virtual run can never pass for a bench run.
enum class BenchKind : std::uint8_t { kVirtual, kVirtualArm, kReal, kTwinOnPorts, kVirtualArmWire };
// "virtual", "virtual-arm", "real", "twin-on-ports" (real links to a virtual bench that another process runs), "virtual-arm-wire" (the ARM
// firmware in real time, with its own drivers of lines and timers).
std::string_view to_text(BenchKind kind);
// Whether the twin runs in this process.
bool is_virtual(BenchKind kind);

struct Calibration {
  std::string certificate;
  std::string due;  // date, YYYY-MM-DD; may be empty
};

struct InstrumentConfig {
  std::string name;  // "flow"
  const instruments::Descriptor* descriptor = nullptr;
  std::string link;  // spec string; "virtual" on a virtual bench
  link::LineSettings line;
  instruments::Settings settings;
  Calibration calibration;
};

// What lies between the pump's outlet and the meters: part of the bench, not of the patient.
struct WetPath {
  double restrictor_pa_s_per_m3 = 1e14;
  double compliance_ul_per_kpa = 0.2;
};

struct Fluid {
  std::string name = "water";
  double temperature_c = 20;
  double density_g_per_ml = 0.9982;
};

// Of a virtual bench: how its pump's clock goes and what plants defects in it. The kind says which processor runs the firmware.
struct VirtualConfig {
  double clock_offset_s = 0;
  double clock_rate_error = 20e-6;  // ratio; the pump's clock is its own
  std::string firmware_mutant;      // "" for the firmware as it is; tests plant defects by name
  bool reservoir_sensor = true;     // the pump's model measures what is in its reservoir
};

enum class SafeState : std::uint8_t { kTherapyStopped, kTherapyAsFound };
std::string_view to_text(SafeState state);

struct BenchConfig {
  std::string file;  // as named by the user
  std::string name;
  BenchKind kind = BenchKind::kVirtual;
  std::vector<InstrumentConfig> instruments;
  WetPath wet_path;
  Fluid fluid;
  VirtualConfig virtual_bench;
  SafeState safe_state = SafeState::kTherapyStopped;
  double guard_band = 0;  // ratio of the uncertainty that a passing margin may lack; 0: a margin below the uncertainty is inconclusive
  std::string control;    // of kTwinOnPorts: the Unix socket for faults, or empty
  std::string room;
  std::string operator_name;
  std::string text;    // the file's text, for the record
  std::string sha256;  // of the text

  const InstrumentConfig* find(std::string_view wanted) const;
};

// Reads "virtual", "virtual-arm", "virtual-arm-wire" or a bench file. Every mistake at once, with line, JSON pointer and remedy. Opens
// nothing.
Result<BenchConfig> load_bench(std::string_view spec);
// The same from text; `file` is used in messages.
Result<BenchConfig> parse_bench(std::string text, std::string file);

}  // namespace pumprig::bench
