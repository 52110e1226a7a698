#include "rig/json/settings.h"

#include <cmath>

#include "rig/json/document.h"

namespace pumprig::json {

// The reader has checked that the texts parse and fit.
Volume Settings::volume(std::string_view name) const {
  return *parse_volume(quantity(name).text);
}
FlowRate Settings::flow_rate(std::string_view name) const {
  return *parse_flow_rate(quantity(name).text);
}
Pressure Settings::pressure(std::string_view name) const {
  return *parse_pressure(quantity(name).text);
}

std::vector<std::string> Settings::texts(std::string_view name) const {
  std::vector<std::string> out;
  if (!has(name)) return out;
  for (const auto& value : list(name)) out.push_back(value.text());
  return out;
}

std::string to_json(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value.data)) return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value.data)) return quote_json(*text);
  if (const auto* quantity = std::get_if<Quantity>(&value.data)) return quote_json(quantity->text);
  if (const auto* settings = std::get_if<std::shared_ptr<const Settings>>(&value.data)) return to_json(**settings);
  std::string out = "[";
  for (const auto& item : std::get<std::vector<Value>>(value.data)) out += (out.size() > 1 ? "," : "") + to_json(item);
  return out + "]";
}

std::string to_json(const Settings& settings) {
  std::string out = "{";
  for (const auto& [name, value] : settings.all()) out += (out.size() > 1 ? "," : "") + quote_json(name) + ":" + to_json(value);
  return out + "}";
}

}  // namespace pumprig::json
