#include "rig/session/utc.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace pumprig::session {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t floor_seconds(std::int64_t ns) {
  return ns / kSecond - (ns % kSecond < 0 ? 1 : 0);
}

std::string formatted(std::int64_t utc_ns, const char* format) {
  const std::time_t seconds = floor_seconds(utc_ns);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const auto length = std::strftime(text.data(), text.size(), format, &parts);
  return {text.data(), length};
}

}  // namespace

std::string utc_text(std::int64_t utc_ns) {
  const auto ms = (utc_ns - floor_seconds(utc_ns) * kSecond) / 1'000'000;
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(ms));
  return formatted(utc_ns, "%Y-%m-%dT%H:%M:%S") + fraction.data();
}

std::string utc_stamp(std::int64_t utc_ns) {
  return formatted(utc_ns, "%Y%m%dT%H%M%SZ");
}

}  // namespace pumprig::session
