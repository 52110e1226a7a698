// Checks what a bench file says of an instrument against the instrument's descriptor.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "rig/instruments/catalogue.h"

namespace pumprig::instruments {
namespace {

// Levenshtein's distance: how many letters to change, add or drop.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

std::string suggestion(std::string_view wrong, const std::vector<std::string_view>& known) {
  const auto nearest =
      std::min_element(known.begin(), known.end(), [&](auto a, auto b) { return distance(wrong, a) < distance(wrong, b); });
  if (nearest == known.end() || distance(wrong, *nearest) > std::max<std::size_t>(2, nearest->size() / 3)) return {};
  return "did you mean \"" + std::string(*nearest) + "\"? ";
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string text;
  for (const auto name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text.empty() ? "none" : text;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string_view base_unit(Dimension dimension) {
  switch (dimension) {
    case Dimension::kVolume:
      return "uL";
    case Dimension::kFlowRate:
      return "uL/min";
    case Dimension::kPressure:
      return "kPa";
    case Dimension::kDuration:
      return "s";
    case Dimension::kRatio:
      return "(ratio)";
    case Dimension::kCount:
      return "";
    case Dimension::kTemperature:
      return "degC";
    case Dimension::kFlowResistance:
      return "Pa.s/m3";
    case Dimension::kCompliance:
      return "uL/kPa";
    case Dimension::kDensity:
      return "g/mL";
    case Dimension::kMass:
      return "ug";
  }
  return "";
}

// The value as its setting wants it, or why not.
Result<SettingValue> convert(const Setting& setting, const SettingValue& given) {
  const auto wrong = [](std::string text) { return fail(ErrorCode::kInvalidArgument, std::move(text)); };
  const auto out_of_range = [&](double value, std::string_view unit) -> Status {
    if (setting.min == 0 && setting.max == 0) return {};
    if (std::isfinite(value) && value >= setting.min && value <= setting.max) return {};
    const std::string tail = unit.empty() ? "" : " " + std::string(unit);
    return fail(ErrorCode::kInvalidArgument,
                number(value) + tail + " is out of range: give " + number(setting.min) + " to " + number(setting.max) + tail);
  };
  switch (setting.type) {
    case Setting::Type::kInteger: {
      const auto* value = std::get_if<std::int64_t>(&given);
      if (value == nullptr) return wrong("must be a whole number, written without quotes");
      TRY(out_of_range(static_cast<double>(*value), ""));
      return given;
    }
    case Setting::Type::kQuantity: {
      const auto* text = std::get_if<std::string>(&given);
      if (text == nullptr) return wrong("must be text with a unit of " + std::string(to_text(setting.dimension)));
      TRY_ASSIGN(const Quantity quantity, parse_quantity(*text, setting.dimension));
      TRY(out_of_range(quantity.value, base_unit(setting.dimension)));
      return SettingValue(quantity.value);
    }
    case Setting::Type::kBoolean:
      if (!std::holds_alternative<bool>(given)) return wrong("must be true or false");
      return given;
    case Setting::Type::kText:
      if (!std::holds_alternative<std::string>(given)) return wrong("must be text in quotes");
      return given;
    case Setting::Type::kChoice: {
      const auto* text = std::get_if<std::string>(&given);
      if (text == nullptr) return wrong("must be one of: " + joined(setting.choices));
      if (std::find(setting.choices.begin(), setting.choices.end(), *text) != setting.choices.end()) return given;
      return wrong("\"" + *text + "\" is not known; " + suggestion(*text, setting.choices) + "Known: " + joined(setting.choices));
    }
  }
  return wrong("has an unknown type");
}

}  // namespace

Settings check_settings(const Descriptor& descriptor, const std::map<std::string, SettingValue, std::less<>>& given,
                        std::vector<SettingMistake>& mistakes) {
  Settings settings;
  std::vector<std::string_view> known;
  for (const Setting& setting : descriptor.settings) {
    known.push_back(setting.name);
    const auto found = given.find(setting.name);
    if (found == given.end()) {
      if (setting.fallback) {
        settings.set(setting.name, *setting.fallback);
      } else {
        mistakes.push_back({std::string(setting.name), "is missing. It is: " + std::string(setting.help)});
      }
      continue;
    }
    auto value = convert(setting, found->second);
    if (value) {
      settings.set(setting.name, std::move(*value));
    } else {
      mistakes.push_back({std::string(setting.name), value.error().text});
    }
  }
  for (const auto& [name, value] : given) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    mistakes.push_back(
        {name, "is no setting of " + std::string(descriptor.kind) + "; " + suggestion(name, known) + "Known: " + joined(known)});
  }
  return settings;
}

}  // namespace pumprig::instruments
