#include "rig/programmer/say.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <vector>

#include "rig/base/calendar.h"
#include "rig/clients/program_facts.h"
#include "rig/programmer/dose.h"

namespace pumprig::programmer {
namespace {

namespace protocol = clients::protocol;

// What was seen when an alarm was raised; empty: the alarm itself says all.
std::string figure_text(protocol::Alarm alarm, std::int32_t value) {
  const protocol::CodeText& figure = protocol::alarm_figure(alarm);
  const std::string unit = figure.name;
  if (unit.empty()) return "";
  const std::string text = std::string(" ") + figure.text;
  if (unit == "uL") return volume_text(std::int64_t{value} * 1'000) + text;
  if (unit == "0.1 degC") {
    char degrees[32];
    std::snprintf(degrees, sizeof(degrees), "%.1f degC", value * 0.1);
    return degrees + text;
  }
  return std::to_string(value) + " " + unit + text;
}

// A figure of a log entry by its label in the protocol's words: a unit in the label is replaced by the figure with that unit spelled out.
std::string argument_text(const clients::LogEntry& entry, const std::string& label, std::int32_t value) {
  if (label == "figure") return figure_text(static_cast<protocol::Alarm>(entry.argument_1), value);
  const auto magnitude = static_cast<std::uint64_t>(value < 0 ? 0 : value);
  if (label == "role" || label == "role or 0 for the pump itself")
    return value == 0 ? "by the pump itself" : std::string("by ") + protocol::describe(static_cast<protocol::Role>(value)).text;
  if (label == "status code") return protocol::describe(static_cast<protocol::StatusCode>(value)).text;
  if (label == "part") return protocol::describe(static_cast<protocol::SelfTestPart>(value)).text;
  if (label == "alarm") return protocol::describe(static_cast<protocol::Alarm>(value)).text;
  if (label == "reset cause") return protocol::describe(static_cast<protocol::ResetCause>(value)).text;
  std::istringstream words(label);
  std::string out;
  bool put = false;
  for (std::string word; words >> word;) {
    std::string said = word;
    if (!put && word == "nL/day") said = ml_per_day_text(static_cast<std::uint32_t>(magnitude));
    if (!put && word == "nL") said = volume_text(static_cast<std::int64_t>(magnitude));
    if (!put && word == "s") said = value < 0 ? std::to_string(value) + " s" : span_text(magnitude);
    if (!put && (word == "steps" || word == "mV")) said = std::to_string(value) + " " + word;
    if (said != word) put = true;
    out += (out.empty() ? "" : " ") + said;
  }
  return put ? out : out + " " + std::to_string(value);
}

}  // namespace

std::string span_text(std::uint64_t seconds) {
  const std::uint64_t days = seconds / 86'400;
  const std::uint64_t hours = seconds / 3'600 % 24;
  const std::uint64_t minutes = seconds / 60 % 60;
  std::string out;
  const auto add = [&](std::uint64_t count, const char* unit) {
    if (count != 0) out += (out.empty() ? "" : " ") + std::to_string(count) + " " + unit;
  };
  add(days, days == 1 ? "day" : "days");
  add(hours, "h");
  add(minutes, "min");
  if (days == 0 && hours == 0) add(seconds % 60, "s");
  return out.empty() ? "0 s" : out;
}

std::string days_text(double days) {
  const bool hours = days < 2;
  const auto whole = static_cast<std::int64_t>(std::floor(days * (hours ? 24 : 1) + 1e-9));
  if (whole < 1) return "less than an hour";
  return std::to_string(whole) + (hours ? " hour" : " day") + (whole == 1 ? "" : "s");
}

std::string state_text(clients::TherapyState state) {
  const auto& words = protocol::describe(state);
  return std::string(words.name) + " (" + words.text + ")";
}

std::string alarm_text(std::uint32_t alarm_bits) {
  std::string out;
  for (unsigned i = 0; i < 32; ++i) {
    if ((alarm_bits >> i & 1U) != 0)
      out += (out.empty() ? "" : "; ") + std::string(protocol::describe(static_cast<clients::Alarm>(i)).text);
  }
  return out.empty() ? "none" : out;
}

std::string self_test_text(std::uint16_t parts) {
  std::string out;
  for (const auto part : clients::parts_of(parts)) out += (out.empty() ? "" : "; ") + std::string(protocol::describe(part).text);
  return out.empty() ? "none" : out;
}

std::string pump_date_text(std::int64_t local_time_s) {
  constexpr std::int64_t kYear2000 = 946'684'800;
  if (local_time_s < kYear2000) return {};
  return calendar_text(local_time_s).substr(0, 16);
}

std::string entry_date_text(const clients::LogEntry& entry, const clients::StatusReply& status) {
  if (pump_date_text(status.local_time_s).empty()) return {};
  const double ago_s = clients::pump_seconds(status.rtc_ticks) - clients::pump_seconds(entry.rtc_ticks);
  return calendar_text(status.local_time_s - static_cast<std::int64_t>(std::llround(ago_s)));
}

std::string log_text(const clients::LogEntry& entry) {
  std::string text = protocol::describe(entry.code).text;
  const std::size_t colon = text.find(": ");
  if (colon == std::string::npos) return text;
  std::string out = text.substr(0, colon) + ": ";
  const std::array<std::int32_t, 2> arguments{entry.argument_1, entry.argument_2};
  std::size_t at = colon + 2;
  for (std::size_t i = 0; i < arguments.size() && at < text.size(); ++i) {
    const std::size_t comma = text.find(", ", at);
    const std::string label = text.substr(at, comma == std::string::npos ? std::string::npos : comma - at);
    const std::string said = argument_text(entry, label, arguments[i]);
    if (!said.empty()) out += (i == 0 ? "" : ", ") + said;
    at = comma == std::string::npos ? text.size() : comma + 2;
  }
  return out;
}

std::string magnet_text() {
  return "If the pump stays out of reach, radio noise may have closed its receiver for up to an hour: "
         "a magnet held over the pump opens it at once.";
}

std::string chain_text(const clients::Programmer::Log& log) {
  if (!log.chained) return "Not checked: this pump does not tell the checksums of its log.";
  if (log.entries.empty()) return "There is nothing to check.";
  return "Entries " + std::to_string(log.entries.front().seq) + " to " + std::to_string(log.entries.back().seq) +
         ": none is missing, and the pump's chain of checksums is whole.";
}

std::string occlusion_text(const clients::Program& program) {
  char trip[48];
  std::snprintf(trip, sizeof(trip), "at %.10g kilopascals", program.occlusion_trip_pa * 1e-3);
  const double within_s = clients::occlusion_alarm_within_s(program);
  if (within_s == 0) return trip;
  // In whole minutes, up: a bound.
  return std::string(trip) + ", within " + span_text(static_cast<std::uint64_t>(std::ceil(within_s / 60)) * 60) + " of a closure";
}

}  // namespace pumprig::programmer
