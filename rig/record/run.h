// What a run is made of, apart from its samples: who, what, where, events, the plan and the verdicts.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/result.h"
#include "rig/base/sample.h"
#include "rig/base/time.h"
#include "rig/base/verdict.h"

namespace pumprig::record {

// What was tested. A virtual run is marked so from its first byte and can not be relabelled without breaking its hash chain.
enum class BenchKind : std::uint8_t {
  kVirtual,     // the firmware on the host, everything else simulated
  kVirtualArm,  // the firmware on an emulated ARM board, everything else simulated
  kReal,        // a board and instruments in a lab
};
std::string_view to_text(BenchKind kind);  // virtual, virtual-arm, real
std::optional<BenchKind> bench_kind_from_text(std::string_view text);

struct Fluid {
  std::string name;  // "water"
  std::optional<double> temperature_c;
  std::optional<double> density_g_per_ml;
};

// What is known when a run begins. JSON texts are kept as they are.
struct RunInfo {
  explicit RunInfo(BenchKind kind) : bench_kind(kind) {}  // nobody starts a run without saying on what

  BenchKind bench_kind;
  std::string id;               // name of the run
  std::string scenario;         // its name: "basal_accuracy"
  std::string scenario_json;    // resolved, with all parameters in place; empty for a run scripted by hand
  std::string parameters_json;  // {"rate": "0.5 mL/day"}
  std::string script;           // text of a script that ran by hand
  std::string bench;            // its name
  std::string bench_json;
  std::uint64_t seed = 0;
  std::string speed;                            // "max", "1"
  std::string command;                          // repeats the run
  std::string firmware_hash;                    // SHA-256, hex
  std::map<std::string, std::string> versions;  // "rig" → "0.1.0", "firmware" → …
  std::string operator_name;
  std::string board_serial;
  Fluid fluid;
  std::string room;                           // "21.5 °C, 45 % r.h., lab 3"
  std::map<std::string, std::string> labels;  // free key-values
  std::int64_t started_utc_ns = 0;            // provenance: wall clock since 1970 at scenario time 0
  std::string host;                           // provenance
};

struct Event {
  TimePoint t{};
  std::string source;  // "runner", "pump", "link flow"
  std::string kind;    // "step", "alarm", "fault", "gap"
  std::string text;    // one sentence for people
  std::string json;    // details; may be empty
  // Something about this machine (a port's name, an overrun): kept and chained, but no part of the content digest.
  bool provenance = false;
};

struct CheckVerdict {
  std::string check;
  std::vector<std::string> requirements;
  Verdict verdict = Verdict::kError;
  std::string limit;  // as people read it: "0.5 mL/day ± 14.5 %"
  std::optional<double> limit_lo;
  std::optional<double> limit_hi;
  std::optional<double> value;
  std::string unit;  // of limits, value, margin, uncertainty
  std::optional<double> margin;
  std::optional<double> uncertainty;
  TimePoint window_start{};
  TimePoint window_end{};
  std::string source;  // channel that the value came from
  ClockName clock = ClockName::kRig;
  std::string explanation;
  std::optional<ErrorCode> error;  // with kError: what kind
};

struct PlanItem {
  enum class Kind : std::uint8_t { kStep, kCheck };
  Kind kind = Kind::kStep;
  std::string id;                         // "/steps/3", or the check's id
  std::string text;                       // what it does, in plain words
  std::vector<std::string> requirements;  // of a check
};

constexpr std::string_view to_text(PlanItem::Kind k) {
  return k == PlanItem::Kind::kStep ? "step" : "check";
}

// A check that was planned and never judged: a state of the plan, not a verdict.
struct NotRun {
  std::string check;
  std::vector<std::string> requirements;
  std::string reason;  // "needs a meter above 1 mL/min"
};

enum class FinishState : std::uint8_t {
  kRunning,  // its writer is at work
  kFinished,
  kAborted,
  kInterrupted,  // its writer is gone and did not finish it
};
std::string_view to_text(FinishState state);

struct Finish {
  FinishState state = FinishState::kFinished;  // kFinished or kAborted
  std::string reason;                          // why it was aborted, or what broke
  std::int64_t ended_utc_ns = 0;               // provenance
  TimePoint end{};                             // scenario time
  std::string board_serial = {};               // what the pump said of itself once it was reached; empty: not reached
};

using Hash = std::array<std::uint8_t, 32>;

}  // namespace pumprig::record
