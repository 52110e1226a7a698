#include "rig/twin/assembly/pump_texts.h"

#include <array>
#include <cstdio>

namespace pumprig::twin {
namespace {

using pumpfw::hal::ResetCause;

std::string with_unit(const char* format, double value) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

}  // namespace

std::string seconds_text(TimePoint t) {
  return with_unit("%.3f s", to_seconds(t - kRunStart));
}

std::string milliseconds_text(Duration d) {
  return with_unit("%.1f ms", to_seconds(d) * 1e3);
}

std::string_view reset_text(ResetCause cause) {
  switch (cause) {
    case ResetCause::kPowerOn:
      return "the pump board was switched on";
    case ResetCause::kPin:
      return "the pump board was reset by its pin";
    case ResetCause::kWatchdog:
      return "the watchdog reset the pump board";
    case ResetCause::kSoftware:
      return "the firmware reset the pump board";
    case ResetCause::kBrownOut:
      return "the supply dipped and reset the pump board";
  }
  return "the pump board was reset";
}

}  // namespace pumprig::twin
