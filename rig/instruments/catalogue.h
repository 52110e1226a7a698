// The list of instrument kinds, generated from the sorted list in CMakeLists.txt.
#pragma once

#include <span>
#include <string_view>

#include "rig/instruments/instrument.h"

namespace pumprig::instruments {

std::span<const Descriptor* const> catalogue();
// Null when no such kind is known.
const Descriptor* find_kind(std::string_view kind);

// Checks what a bench file says of one instrument's settings (name → text, number or boolean as written) against its descriptor and fills
// in the defaults. All mistakes at once, each naming the setting and the remedy; `errors` stays empty when the settings are good.
struct SettingMistake {
  std::string setting;  // its name: the JSON pointer's last part
  std::string text;
};
Settings check_settings(const Descriptor& descriptor, const std::map<std::string, SettingValue, std::less<>>& given,
                        std::vector<SettingMistake>& mistakes);

}  // namespace pumprig::instruments
