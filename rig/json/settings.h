// Values of a scenario after the check: typed, defaults filled in, each still knowing where it was written.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rig/base/quantity.h"
#include "rig/base/time.h"

namespace pumprig::json {

class Settings;

struct Value {
  std::variant<bool, std::string, Quantity, std::vector<Value>, std::shared_ptr<const Settings>> data;
  std::size_t offset = 0;
  std::string pointer;
  bool written = true;  // false: it is the default

  const Quantity& quantity() const { return std::get<Quantity>(data); }
  const std::string& text() const { return std::get<std::string>(data); }
};

// Getters of a type that the shape does not give, or of a value that is not there, are a mistake of ours: ask has() for what is optional.
class Settings {
 public:
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  const Value& at(std::string_view name) const { return values_.find(name)->second; }
  const Quantity& quantity(std::string_view name) const { return at(name).quantity(); }
  double number(std::string_view name) const { return quantity(name).value; }  // in the base unit of its dimension
  Duration duration(std::string_view name) const { return from_seconds(number(name)); }
  Volume volume(std::string_view name) const;
  FlowRate flow_rate(std::string_view name) const;
  Pressure pressure(std::string_view name) const;
  const std::string& text(std::string_view name) const { return at(name).text(); }
  bool boolean(std::string_view name) const { return std::get<bool>(at(name).data); }
  const std::vector<Value>& list(std::string_view name) const { return std::get<std::vector<Value>>(at(name).data); }
  std::vector<std::string> texts(std::string_view name) const;  // of a list of texts; empty when it is not there
  const Settings& object(std::string_view name) const { return *std::get<std::shared_ptr<const Settings>>(at(name).data); }

  void set(std::string name, Value value) { values_.insert_or_assign(std::move(name), std::move(value)); }
  const std::map<std::string, Value, std::less<>>& all() const { return values_; }
  std::size_t offset = 0;
  std::string pointer;

 private:
  std::map<std::string, Value, std::less<>> values_;
};

// Canonical JSON: keys sorted, no blanks, quantities as normalised text.
std::string to_json(const Value& value);
std::string to_json(const Settings& settings);

}  // namespace pumprig::json
