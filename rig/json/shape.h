// What may stand in a scenario: shapes of values, described as data. The check, its messages, the JSON Schema and the documentation all
// come from the same description.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rig/base/quantity.h"

namespace pumprig::json {

struct Setting;

struct Shape {
  enum class Type : std::uint8_t { kQuantity, kAnyQuantity, kText, kName, kChoice, kBool, kList, kObject, kFree };
  Type type = Type::kText;
  Dimension dimension = Dimension::kCount;  // of kQuantity
  std::string min, max;                     // of kQuantity, inclusive, as written ("0.048 mL/day"); empty: no bound
  std::vector<std::string> choices;         // of kChoice
  std::vector<Shape> element;               // of kList: one
  std::vector<Setting> members;             // of kObject
  bool whole = false;                       // of a count: no fraction

  static Shape quantity(Dimension dimension, std::string min = {}, std::string max = {});
  static Shape any_quantity();
  static Shape count(std::string min, std::string max);
  static Shape text();
  static Shape name();  // letters, digits and _ - . : an id, a label, a channel
  static Shape choice(std::vector<std::string> choices);
  static Shape boolean();
  static Shape list(Shape element);
  static Shape object(std::vector<Setting> members);
  static Shape free();  // an object whose members something else knows: quantities, texts, true or false

 private:
  static Shape of(Type type);
};

struct Setting {
  std::string name;
  Shape shape;
  std::string help;  // one sentence
  bool required = false;
  std::optional<std::string> fallback;  // the JSON text that stands when nothing was written

  Setting(std::string setting_name, Shape setting_shape, std::string sentence)
      : name(std::move(setting_name)), shape(std::move(setting_shape)), help(std::move(sentence)) {}
  Setting must() && {
    required = true;
    return std::move(*this);
  }
  // `json` is JSON text: "\"1 s\"", "true".
  Setting by_default(std::string json) && {
    fallback = std::move(json);
    return std::move(*this);
  }
};

}  // namespace pumprig::json
