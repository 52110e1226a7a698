// Numbers, verdicts and reports in words and tables, for the terminal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rig/session/report.h"

namespace pumprig::cli {

// As many digits as the uncertainty bears: its first two significant ones. Six significant digits where there is none.
std::string measured_text(std::optional<double> value, std::optional<double> uncertainty);
// The uncertainty itself with two significant digits.
std::string uncertainty_text(std::optional<double> uncertainty);

// "pass", "not run", "aborted", "refused", …: what became of a run in one word.
std::string outcome_text(const session::RunReport& report);
// ANSI style of an outcome: green, red, yellow.
std::string_view outcome_style(std::string_view outcome);

// Head line, table of checks, what did not pass and why, where the run is, and how to repeat it when it did not pass.
std::string report_text(const session::RunReport& report, bool colour);
// A line a run.
std::string summary_text(std::span<const session::RunReport> reports, bool colour);
// {"jobs": ["job-1", ...]}
std::string jobs_json(std::span<const std::string> jobs);
// {"exit_code": N, "runs": [...]}
std::string reports_json(std::span<const session::RunReport> reports);

}  // namespace pumprig::cli
