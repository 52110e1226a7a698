#include "rig/json/reader.h"

#include <algorithm>
#include <cmath>

namespace pumprig::json {
namespace {

std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
}

// Splits "text; remedy" as rig/base/quantity.h writes its errors.
void add_error(Mistakes& mistakes, const Node& node, const std::string& pointer, const Error& error, const std::string& from) {
  const auto semicolon = error.text.find("; ");
  const std::string text = error.text.substr(0, semicolon) + from;
  mistakes.add(node.offset, pointer, text, semicolon == std::string::npos ? "" : error.text.substr(semicolon + 2));
}

// A text that begins as a number, or that a parameter stands for: read with its unit.
bool looks_like_quantity(std::string_view text) {
  return text.starts_with("${") || text.find_first_of("0123456789") == text.find_first_not_of("+-.");
}

std::string range_text(const Shape& shape) {
  if (shape.min.empty()) return "at most " + shape.max;
  if (shape.max.empty()) return "at least " + shape.min;
  return "between " + shape.min + " and " + shape.max;
}

bool fits_exact_count(const Quantity& q) {
  switch (q.dimension) {
    case Dimension::kVolume:
      return parse_volume(q.text).has_value();
    case Dimension::kFlowRate:
      return parse_flow_rate(q.text).has_value();
    case Dimension::kPressure:
      return parse_pressure(q.text).has_value();
    case Dimension::kDuration:
      return parse_duration(q.text).has_value();
    default:
      return true;
  }
}

}  // namespace

void Reader::wrong_kind(const Node& node, const std::string& pointer, const std::string& wanted, std::string remedy) {
  mistakes_.add(node.offset, pointer, std::string(to_text(node.kind)) + " where " + wanted + " is wanted", std::move(remedy));
}

std::optional<std::string> Reader::expand(const Node& node, const std::string& pointer) {
  std::string out;
  std::size_t at = 0;
  while (true) {
    const auto open = node.text.find("${", at);
    out += node.text.substr(at, open - at);
    if (open == std::string::npos) return out;
    const auto close = node.text.find('}', open);
    if (close == std::string::npos) {
      mistakes_.add(node.offset, pointer, in_quotes(node.text) + " has \"${\" without \"}\"", "write ${name}");
      return std::nullopt;
    }
    const auto name = node.text.substr(open + 2, close - open - 2);
    const auto found = replacements_.find(name);
    if (found == replacements_.end()) {
      std::vector<std::string> known;
      for (const auto& [key, value] : replacements_) known.push_back(key);
      mistakes_.add(node.offset, pointer, "there is no parameter " + in_quotes(name), suggest(name, known));
      return std::nullopt;
    }
    out += found->second;
    at = close + 1;
  }
}

bool Reader::in_range(const Quantity& quantity, const Shape& shape, const Node& node, const std::string& pointer) {
  const double slack = 1e-12 * std::fabs(quantity.value);
  const bool low = !shape.min.empty() && quantity.value < parse_quantity(shape.min)->value - slack;
  const bool high = !shape.max.empty() && quantity.value > parse_quantity(shape.max)->value + slack;
  if (!low && !high) return true;
  mistakes_.add(node.offset, pointer, in_quotes(quantity.text) + (low ? " is too small" : " is too large"),
                "it must be " + range_text(shape));
  return false;
}

std::optional<Value> Reader::read_quantity(const Node& node, const Shape& shape, const std::string& pointer) {
  const bool any = shape.type == Shape::Type::kAnyQuantity;
  const bool count = !any && shape.dimension == Dimension::kCount;
  std::string text;
  if (node.kind == Node::Kind::kNumber && (any || count)) {
    text = node.text;
  } else if (node.kind == Node::Kind::kText) {
    const auto expanded = expand(node, pointer);
    if (!expanded) return std::nullopt;
    text = *expanded;
  } else {
    const std::string dimension = any ? "quantity" : std::string(to_text(shape.dimension));
    wrong_kind(node, pointer, "a " + dimension, node.kind == Node::Kind::kNumber ? "write it as a text with its unit" : "");
    return std::nullopt;
  }
  const auto quantity = any ? parse_quantity(text) : parse_quantity(text, shape.dimension);
  if (!quantity) {
    const std::string from = node.text == text ? "" : " (from " + in_quotes(node.text) + ")";
    add_error(mistakes_, node, pointer, quantity.error(), from);
    return std::nullopt;
  }
  if (!fits_exact_count(*quantity)) {
    mistakes_.add(node.offset, pointer, in_quotes(quantity->text) + " is too large for any bench");
    return std::nullopt;
  }
  if (shape.whole && std::floor(quantity->value) != quantity->value) {
    mistakes_.add(node.offset, pointer, in_quotes(quantity->text) + " is not a whole number");
    return std::nullopt;
  }
  if (!in_range(*quantity, shape, node, pointer)) return std::nullopt;
  return Value{*quantity, node.offset, pointer};
}

std::optional<Value> Reader::read_text(const Node& node, const Shape& shape, const std::string& pointer) {
  if (node.kind != Node::Kind::kText) {
    wrong_kind(node, pointer, shape.type == Shape::Type::kChoice ? "one of a few words" : "a text");
    return std::nullopt;
  }
  const auto text = expand(node, pointer);
  if (!text) return std::nullopt;
  if (shape.type == Shape::Type::kName && !is_name(*text)) {
    mistakes_.add(node.offset, pointer, in_quotes(*text) + " is no name", "use letters, digits, '_', '-' and '.'");
    return std::nullopt;
  }
  if (shape.type == Shape::Type::kChoice && std::find(shape.choices.begin(), shape.choices.end(), *text) == shape.choices.end()) {
    mistakes_.add(node.offset, pointer, in_quotes(*text) + " is not known here", suggest(*text, shape.choices));
    return std::nullopt;
  }
  return Value{*text, node.offset, pointer};
}

std::optional<Value> Reader::read_list(const Node& node, const Shape& shape, const std::string& pointer) {
  if (node.kind != Node::Kind::kList) {
    wrong_kind(node, pointer, "a list");
    return std::nullopt;
  }
  std::vector<Value> values;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (auto value = read(node.items[i], shape.element.front(), child_pointer(pointer, i))) values.push_back(std::move(*value));
  }
  return Value{std::move(values), node.offset, pointer};
}

std::optional<Value> Reader::read_free(const Node& node, const std::string& pointer) {
  if (node.kind != Node::Kind::kObject) {
    wrong_kind(node, pointer, "an object");
    return std::nullopt;
  }
  auto out = std::make_shared<Settings>();
  out->offset = node.offset;
  out->pointer = pointer;
  for (const auto& member : node.members) {
    const std::string at = child_pointer(pointer, member.key);
    std::optional<Value> value;
    if (member.value.kind == Node::Kind::kBool) {
      value = read(member.value, Shape::boolean(), at);
    } else if (member.value.kind == Node::Kind::kText && !looks_like_quantity(member.value.text)) {
      value = read(member.value, Shape::text(), at);
    } else {
      value = read(member.value, Shape::any_quantity(), at);
    }
    if (value) out->set(member.key, std::move(*value));
  }
  return Value{std::shared_ptr<const Settings>(std::move(out)), node.offset, pointer};
}

std::optional<Value> Reader::read(const Node& node, const Shape& shape, const std::string& pointer) {
  switch (shape.type) {
    case Shape::Type::kQuantity:
    case Shape::Type::kAnyQuantity:
      return read_quantity(node, shape, pointer);
    case Shape::Type::kText:
    case Shape::Type::kName:
    case Shape::Type::kChoice:
      return read_text(node, shape, pointer);
    case Shape::Type::kList:
      return read_list(node, shape, pointer);
    case Shape::Type::kBool:
      if (node.kind == Node::Kind::kBool) return Value{node.boolean, node.offset, pointer};
      wrong_kind(node, pointer, "true or false");
      return std::nullopt;
    case Shape::Type::kFree:
      return read_free(node, pointer);
    case Shape::Type::kObject:
      if (node.kind != Node::Kind::kObject) {
        wrong_kind(node, pointer, "an object");
        return std::nullopt;
      }
      return Value{std::make_shared<const Settings>(read_members(node, shape.members, pointer)), node.offset, pointer};
  }
  return std::nullopt;
}

Settings Reader::read_members(const Node& node, const std::vector<Setting>& members, const std::string& pointer,
                              const std::vector<std::string>& also) {
  Settings out;
  out.offset = node.offset;
  out.pointer = pointer;
  for (const auto& member : node.members) {
    const auto known = std::find_if(members.begin(), members.end(), [&](const Setting& s) { return s.name == member.key; });
    if (known != members.end()) {
      if (auto value = read(member.value, known->shape, child_pointer(pointer, member.key))) out.set(known->name, std::move(*value));
    } else if (std::find(also.begin(), also.end(), member.key) == also.end()) {
      std::vector<std::string> names = also;
      for (const auto& setting : members) names.push_back(setting.name);
      mistakes_.add(member.key_offset, child_pointer(pointer, member.key), in_quotes(member.key) + " is not known here",
                    suggest(member.key, names));
    }
  }
  for (const auto& setting : members) {
    if (node.find(setting.name) != nullptr) continue;
    if (setting.required) {
      mistakes_.add(node.offset, pointer, in_quotes(setting.name) + " is missing", setting.help);
    } else if (setting.fallback) {
      // A default is part of the description and always parses; a test reads every one.
      const auto fallback = Document::parse(*setting.fallback, "default");
      if (!fallback) continue;
      auto value = read(fallback->root(), setting.shape, child_pointer(pointer, setting.name));
      if (!value) continue;
      value->offset = node.offset;
      value->written = false;
      out.set(setting.name, std::move(*value));
    }
  }
  return out;
}

}  // namespace pumprig::json
