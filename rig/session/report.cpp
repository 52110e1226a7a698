#include "rig/session/report.h"

namespace pumprig::session {

std::string_view to_text(RunState state) {
  switch (state) {
    case RunState::kRunning:
      return "running";
    case RunState::kFinished:
      return "finished";
    case RunState::kNotRun:
      return "not run";
    case RunState::kRefused:
      return "refused";
    case RunState::kUnfinished:
      return "unfinished";
  }
  return "unfinished";
}

std::optional<RunState> run_state_from_text(std::string_view text) {
  for (auto s : {RunState::kRunning, RunState::kFinished, RunState::kNotRun, RunState::kRefused, RunState::kUnfinished}) {
    if (to_text(s) == text) return s;
  }
  return std::nullopt;
}

int exit_code(std::span<const RunReport> reports) {
  if (reports.empty()) return 2;
  bool erred = false;
  bool failed = false;
  bool open = false;
  for (const auto& report : reports) {
    if (report.state == RunState::kNotRun) {
      open = true;
      continue;
    }
    if (report.state != RunState::kFinished || (report.verdict && *report.verdict >= Verdict::kAborted)) {
      erred = true;
      continue;
    }
    // A run in which nothing was judged decides nothing.
    Verdict worst = report.verdict.value_or(Verdict::kInconclusive);
    for (const auto& check : report.checks) {
      if (check.verdict) {
        worst = worse(worst, *check.verdict);
      } else {
        open = true;
      }
      // The worst verdict of a run hides the milder ones; each of them counts where no worse one is in the set.
      failed = failed || check.verdict == Verdict::kFail;
    }
    erred = erred || worst >= Verdict::kAborted;
    failed = failed || worst == Verdict::kFail;
    open = open || worst == Verdict::kInconclusive;
  }
  return erred ? 2 : failed ? 1 : open ? 3 : 0;
}

}  // namespace pumprig::session
