#include "rig/record/csv.h"

#include <cmath>
#include <fstream>

#include "rig/record/schema.h"

namespace pumprig::record {
namespace {

std::string cell_text(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string cell(const std::optional<double>& v) {
  return v ? number_text(*v) : std::string();
}

// 1500000000 → "1.5", without a detour through a double.
std::string seconds(std::int64_t ns) {
  const bool negative = ns < 0;
  const auto size = negative ? ~static_cast<std::uint64_t>(ns) + 1 : static_cast<std::uint64_t>(ns);
  std::string fraction = std::to_string(size % 1'000'000'000);
  fraction.insert(0, 9 - fraction.size(), '0');
  return (negative ? "-" : "") + std::to_string(size / 1'000'000'000) + "." + fraction;
}

class CsvFile {
 public:
  explicit CsvFile(const std::filesystem::path& path) : path_(path), out_(path, std::ios::binary | std::ios::trunc) {}
  void line(const std::vector<std::string>& cells) {
    row_.clear();
    for (const auto& cell : cells) {
      if (&cell != &cells.front()) row_ += ',';
      row_ += cell_text(cell);
    }
    row_ += '\n';
    out_ << row_;
  }
  Status close() {
    out_.close();
    if (!out_) return fail(ErrorCode::kUnavailable, "the file can not be written", path_.string());
    return {};
  }

 private:
  std::filesystem::path path_;
  std::ofstream out_;
  std::string row_;
};

// Names come from bench files: nothing in them may lead out of the folder.
std::string file_name(const std::string& channel) {
  std::string out = channel;
  for (char& c : out) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!plain) c = '_';
  }
  if (out.starts_with('.')) out.insert(0, "_");
  return out + ".csv";
}

Status write_channel(const RunReader& run, const StoredChannel& channel, const std::filesystem::path& path) {
  TRY_ASSIGN(const auto samples, run.samples(channel.id));
  CsvFile csv(path);
  csv.line({"t [s]", "value [" + channel.info.unit + "]", "uncertainty [" + channel.info.unit + "]", "valid", "saturated", "gap_before",
            "window [s]", "requested [s]", "replied [s]"});
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Sample s = samples.at(i);
    const auto uncertainty = std::isfinite(s.value) ? number_text(channel.info.uncertainty.at(s.value)) : std::string();
    csv.line({seconds(to_ns(s.t)), number_text(s.value), uncertainty, s.valid() ? "1" : "0", s.saturated() ? "1" : "0",
              s.gap_before() ? "1" : "0", seconds(s.window.count()), seconds(to_ns(s.requested)), seconds(to_ns(s.replied))});
  }
  return csv.close();
}

Status write_events(const RunReader& run, const std::filesystem::path& path) {
  TRY_ASSIGN(const auto events, run.events());
  CsvFile csv(path);
  csv.line({"t [s]", "source", "kind", "text", "json", "provenance"});
  for (const auto& [seq, e] : events) csv.line({seconds(to_ns(e.t)), e.source, e.kind, e.text, e.json, e.provenance ? "1" : "0"});
  return csv.close();
}

Status write_verdicts(const RunReader& run, const std::filesystem::path& path) {
  TRY_ASSIGN(const auto checks, run.checks());
  CsvFile csv(path);
  csv.line({"check", "requirements", "verdict", "limit", "limit_lo", "limit_hi", "value", "unit", "margin", "uncertainty",
            "window_start [s]", "window_end [s]", "source", "clock", "explanation", "error", "bench_kind"});
  const std::string kind(to_text(run.info().bench_kind));
  for (const auto& c : checks) {
    if (!c.verdict) {
      csv.line({c.check, join_ids(c.requirements), "not run", "", "", "", "", "", "", "", "", "", "", "", c.not_run_reason, "", kind});
      continue;
    }
    const auto& v = *c.verdict;
    csv.line({v.check, join_ids(v.requirements), std::string(to_text(v.verdict)), v.limit, cell(v.limit_lo), cell(v.limit_hi),
              cell(v.value), v.unit, cell(v.margin), cell(v.uncertainty), seconds(to_ns(v.window_start)), seconds(to_ns(v.window_end)),
              v.source, std::string(to_text(v.clock)), v.explanation, v.error ? std::string(to_text(*v.error)) : std::string(), kind});
  }
  return csv.close();
}

Status write_run(const RunReader& run, const std::filesystem::path& path) {
  TRY_ASSIGN(const auto rows, run.rows());
  TRY_ASSIGN(const auto state, run.state());
  CsvFile csv(path);
  csv.line({"key", "value"});
  csv.line({"state", std::string(to_text(state))});
  for (const auto& [key, value] : rows) csv.line({key, value});
  return csv.close();
}

}  // namespace

Result<std::vector<std::filesystem::path>> export_csv(const RunReader& run, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::kUnavailable, "the folder can not be made: " + error.message(), folder.string());
  std::vector<std::filesystem::path> files{folder / "run.csv", folder / "verdicts.csv", folder / "events.csv"};
  TRY(write_run(run, files[0]));
  TRY(write_verdicts(run, files[1]));
  TRY(write_events(run, files[2]));
  TRY_ASSIGN(const auto channels, run.channels());
  for (const auto& channel : channels) {
    files.push_back(folder / file_name(channel.info.name));
    TRY(write_channel(run, channel, files.back()));
  }
  return files;
}

}  // namespace pumprig::record
