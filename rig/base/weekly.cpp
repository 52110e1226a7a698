#include "rig/base/weekly.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>

namespace pumprig {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::optional<std::size_t> day_of(std::string_view text) {
  const auto* const found = std::find(kDays.begin(), kDays.end(), text);
  if (found == kDays.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kDays.begin());
}

// Two digits; more than any hour or minute when they are none.
unsigned two_digits(std::string_view text) {
  unsigned value = 100;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return text.size() == 2 && read.ptr == text.data() + 2 ? value : 100;
}

}  // namespace

Result<std::uint8_t> parse_weekdays(std::string_view text) {
  if (text == "daily") return std::uint8_t{0x7F};
  unsigned bits = 0;
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    const std::size_t dash = part.find('-');
    const auto first = day_of(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : day_of(part.substr(dash + 1));
    if (!first || !last) {
      return fail(ErrorCode::kInvalidArgument, "\"" + std::string(text) + "\" names no weekdays; write daily, mon-fri, or sat,sun");
    }
    for (std::size_t day = *first;; day = (day + 1) % kDays.size()) {  // fri-mon goes over the end of the week
      bits |= 1U << day;
      if (day == *last) break;
    }
    if (comma == std::string_view::npos) return static_cast<std::uint8_t>(bits);
    rest.remove_prefix(comma + 1);
  }
}

Result<std::uint16_t> parse_time_of_day(std::string_view text) {
  const bool shaped = text.size() == 5 && text[2] == ':';
  const unsigned hour = shaped ? two_digits(text.substr(0, 2)) : 100;
  const unsigned minute = shaped ? two_digits(text.substr(3)) : 100;
  if (hour > 23 || minute > 59) {
    return fail(ErrorCode::kInvalidArgument, "\"" + std::string(text) + "\" is no time of day; write it as 00:00 to 23:59");
  }
  return static_cast<std::uint16_t>(60 * hour + minute);
}

std::string weekdays_text(std::uint8_t weekdays) {
  if ((weekdays & 0x7F) == 0x7F) return "daily";
  std::string out;
  for (std::size_t day = 0; day < kDays.size(); ++day) {
    if ((weekdays >> day & 1) == 0) continue;
    const std::size_t first = day;
    while (day + 1 < kDays.size() && (weekdays >> (day + 1) & 1) != 0) ++day;
    out += (out.empty() ? "" : ",") + std::string(kDays[first]);
    if (day != first) out += (day == first + 1 ? "," : "-") + std::string(kDays[day]);
  }
  return out;
}

std::string time_of_day_text(std::uint16_t minute) {
  char text[8];
  std::snprintf(text, sizeof(text), "%02u:%02u", minute / 60U % 24U, minute % 60U);
  return text;
}

}  // namespace pumprig
