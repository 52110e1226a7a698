#include "rig/cli/format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "rig/base/quantity.h"
#include "rig/cli/table.h"

namespace pumprig::cli {
namespace {

using session::CheckRow;
using session::RunReport;
using session::RunState;

std::string with_decimals(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string significant(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*g", digits, value);
  return text.data();
}

// Decimals that show the first two significant digits of `uncertainty`; none when it is not a positive number of a readable size.
std::optional<int> decimals_of(std::optional<double> uncertainty) {
  if (!uncertainty || !(*uncertainty > 1e-9) || !(*uncertainty < 1e9)) return std::nullopt;
  return std::max(0, 1 - static_cast<int>(std::floor(std::log10(*uncertainty))));
}

std::string verdict_text(const CheckRow& check) {
  return check.verdict ? std::string(to_text(*check.verdict)) : "not run";
}

Table checks_table(const RunReport& report) {
  using Align = Table::Align;
  Table table({{"check", Align::kLeft},
               {"verdict", Align::kLeft},
               {"limit", Align::kLeft},
               {"measured", Align::kRight},
               {"unit", Align::kLeft},
               {"margin", Align::kRight},
               {"uncertainty", Align::kRight}});
  for (const auto& check : report.checks) {
    const auto verdict = verdict_text(check);
    table.add({check.id, verdict, check.limit, measured_text(check.value, check.uncertainty), check.unit,
               measured_text(check.margin, check.uncertainty), uncertainty_text(check.uncertainty)});
    table.style_last(1, outcome_style(verdict));
  }
  return table;
}

std::string head_line(const RunReport& report, bool colour) {
  const auto outcome = outcome_text(report);
  const auto style = outcome_style(outcome);
  std::string line = report.scenario.empty() ? report.file : report.scenario;
  line += ": " + (colour ? "\033[" + std::string(style) + ";1m" + outcome + "\033[0m" : outcome);
  if (report.bench.empty()) return line;
  line += " on bench " + report.bench + " (" + report.bench_kind + "), seed " + std::to_string(report.seed);
  if (report.scenario_time > Duration{0}) line += ", " + format_duration(std::chrono::round<std::chrono::seconds>(report.scenario_time));
  if (report.wall_time > Duration{0} && report.scenario_time > Duration{0}) {
    line += " in " + significant(to_seconds(report.wall_time), 3) + " s (" +
            with_decimals(report.speed_reached, report.speed_reached < 10 ? 2 : 0) + " × real time)";
  }
  return line;
}

std::string labelled(std::string_view label, std::string_view text) {
  std::string line(label);
  line.resize(13, ' ');
  return line + std::string(text) + "\n";
}

}  // namespace

std::string measured_text(std::optional<double> value, std::optional<double> uncertainty) {
  if (!value) return "";
  const auto decimals = decimals_of(uncertainty);
  // A nearly certain value needs no ten digits.
  if (!decimals || std::fabs(*value) * std::pow(10.0, *decimals) >= 1e6) return significant(*value, 6);
  return with_decimals(*value, *decimals);
}

std::string uncertainty_text(std::optional<double> uncertainty) {
  if (!uncertainty) return "";
  const auto decimals = decimals_of(uncertainty);
  return "±" + (decimals ? with_decimals(*uncertainty, *decimals) : significant(*uncertainty, 2));
}

std::string outcome_text(const RunReport& report) {
  if (report.state != RunState::kFinished) return std::string(to_text(report.state));
  return report.verdict ? std::string(to_text(*report.verdict)) : "not judged";
}

std::string_view outcome_style(std::string_view outcome) {
  if (outcome == "pass") return "32";
  if (outcome == "fail" || outcome == "error" || outcome == "refused" || outcome == "unfinished") return "31";
  return "33";
}

std::string report_text(const RunReport& report, bool colour) {
  std::string text = head_line(report, colour) + "\n";
  if (!report.checks.empty()) text += checks_table(report).text(colour, "  ");
  for (const auto& check : report.checks) {
    if (check.verdict == Verdict::kPass || check.reason.empty() || check.reason == report.reason) continue;
    text += "  " + check.id + ": " + check.reason + "\n";
  }
  for (const auto& line : report.information) text += "  for information: " + line + "\n";
  if (!report.reason.empty()) text += labelled("reason", report.reason);
  if (!report.path.empty()) text += labelled("run", report.path);
  if (!report.digest.empty()) text += labelled("digest", report.digest);
  if (outcome_text(report) != "pass" && !report.repeat.empty()) text += labelled("repeat with", report.repeat);
  return text;
}

std::string summary_text(std::span<const RunReport> reports, bool colour) {
  Table table({{"scenario", Table::Align::kLeft},
               {"outcome", Table::Align::kLeft},
               {"checks passed", Table::Align::kRight},
               {"run", Table::Align::kLeft}});
  for (const auto& report : reports) {
    const auto passed =
        std::count_if(report.checks.begin(), report.checks.end(), [](const auto& c) { return c.verdict == Verdict::kPass; });
    const auto outcome = outcome_text(report);
    table.add({report.scenario.empty() ? report.file : report.scenario, outcome,
               std::to_string(passed) + " of " + std::to_string(report.checks.size()), report.id});
    table.style_last(1, outcome_style(outcome));
  }
  return table.text(colour);
}

std::string jobs_json(std::span<const std::string> jobs) {
  std::string text = "{\"jobs\":[";
  for (std::size_t i = 0; i < jobs.size(); ++i) text += (i == 0 ? "\"" : ",\"") + jobs[i] + "\"";
  return text + "]}";
}

std::string reports_json(std::span<const RunReport> reports) {
  std::string text = "{\"exit_code\":" + std::to_string(session::exit_code(reports)) + ",\"runs\":[";
  for (std::size_t i = 0; i < reports.size(); ++i) text += (i == 0 ? "" : ",") + session::to_json(reports[i]);
  return text + "]}";
}

}  // namespace pumprig::cli
