// What came out of a run, as people, scripts, JUnit and the daemon's clients see it. Made from the run store, so that a run just finished
// and one of last year are shown by the same code.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rig/base/result.h"
#include "rig/base/time.h"
#include "rig/base/verdict.h"

namespace pumprig::session {

struct CheckRow {
  std::string id;
  std::vector<std::string> requirements;
  std::optional<Verdict> verdict;  // none: the check was not reached
  std::string limit;               // as people read it: "0.5 mL/day ± 14.5 %"
  std::optional<double> limit_lo;  // in `unit`
  std::optional<double> limit_hi;
  std::optional<double> value;  // in `unit`; none when nothing could be measured
  std::string unit;
  std::optional<double> margin;       // to the nearest limit, in `unit`; negative outside
  std::optional<double> uncertainty;  // ±, in `unit`
  TimePoint from{};                   // window that was judged
  TimePoint to{};
  std::string channel;  // source of the evidence
  std::string clock;    // "rig" or "pump"
  std::string reason;   // in words: why
  std::string error;    // with Verdict::kError: the code ("unavailable"); else empty
};

enum class RunState : std::uint8_t {
  kRunning,
  kFinished,
  kNotRun,      // the bench lacks something: `reason` says "needs …"
  kRefused,     // the input was wrong: `reason` holds every mistake
  kUnfinished,  // the store ends without a verdict: the process that wrote it died
};
// "running", "finished", "not run", "refused", "unfinished".
std::string_view to_text(RunState state);
std::optional<RunState> run_state_from_text(std::string_view text);

// How the pump's clock stood against the rig's, as the run found it; ± are bounds, not deviations.
struct PumpClock {
  TimePoint at{};              // instant of the offset
  std::int64_t offset_ns = 0;  // pump minus rig
  std::int64_t offset_uncertainty_ns = 0;
  std::optional<double> drift_ppm;  // positive: the pump's clock is fast; none: too little was seen of it
  std::optional<double> drift_uncertainty_ppm;
  std::uint64_t exchanges = 0;  // that it rests on
  Duration span{0};             // from the first of them to the last
  std::uint64_t jumps = 0;
  std::uint64_t drifts = 0;  // changes of its rate
  std::string text;          // all of it in a sentence
};

struct RunReport {
  std::string id;    // name of the run's folder; empty when there is none
  std::string path;  // of that folder
  std::string scenario;
  std::string title;
  std::string file;  // scenario file or bundled name, as given
  RunState state = RunState::kFinished;
  std::optional<Verdict> verdict;
  std::string reason;
  std::vector<std::string> requirements;
  std::vector<CheckRow> checks;
  std::vector<std::string> information;  // shown beside a limit, without a say in the verdict; a line each

  std::optional<PumpClock> pump_clock;  // none: the pump was not reached

  std::string bench;       // name
  std::string bench_kind;  // "virtual", "virtual-arm", "real", "twin-on-ports"
  std::string firmware_sha256;
  std::string rig_version;
  std::string operator_name;
  std::uint64_t seed = 0;
  std::string speed;  // as asked for: "max" or a number
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::pair<std::string, std::string>> key_values;

  std::string digest;       // over the content; provenance stands apart
  std::string started_utc;  // ISO 8601
  Duration scenario_time{0};
  Duration wall_time{0};
  double speed_reached = 0;  // scenario seconds per wall second; 0 where unknown
  std::string repeat;        // the command that does it again
};

// What the process that ran them exits with: 2 when anything erred, was aborted or was wrong in the input; else 1 when a check failed; else
// 3 when something was inconclusive or not run; else 0. No runs at all: 2.
int exit_code(std::span<const RunReport> reports);

std::string to_json(const CheckRow& check);
// One JSON object, and back. The text is the `--json` of the command line and the `run` of the daemon.
std::string to_json(const RunReport& report);
Result<RunReport> report_from_json(std::string_view text);

// JUnit XML of all: a suite a run, a case a check. A failed check is a failure; an abort, a rig fault and an inconclusive check are errors
// with their type; not run is skipped with its reason.
std::string to_junit(std::span<const RunReport> reports);

}  // namespace pumprig::session
