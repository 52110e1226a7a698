#include "rig/scenario/language/parameters.h"

#include <algorithm>
#include <array>

#include "rig/scenario/language/load.h"

namespace pumprig::scenario {
namespace {

constexpr std::array kDimensions = {Dimension::kVolume,     Dimension::kFlowRate, Dimension::kPressure,    Dimension::kDuration,
                                    Dimension::kRatio,      Dimension::kCount,    Dimension::kTemperature, Dimension::kFlowResistance,
                                    Dimension::kCompliance, Dimension::kDensity,  Dimension::kMass};

const Replacements kNothing;

// The shape that a declaration gives its values.
Shape shape_of(const Settings& declaration, Mistakes& mistakes) {
  const std::string& dimension = declaration.text("dimension");
  if (dimension == "text") {
    if (declaration.has("choices")) return Shape::choice(declaration.texts("choices"));
    return Shape::text();
  }
  Shape shape = Shape::quantity(*dimension_from_text(dimension));
  for (const auto* bound : {"min", "max"}) {
    if (!declaration.has(bound)) continue;
    const auto& value = declaration.at(bound);
    if (value.quantity().dimension != shape.dimension) {
      mistakes.add(value.offset, value.pointer, "\"" + value.quantity().text + "\" is not a " + dimension);
      continue;
    }
    (bound[1] == 'i' ? shape.min : shape.max) = value.quantity().text;
  }
  return shape;
}

std::string text_of(const Value& value) {
  if (const auto* quantity = std::get_if<Quantity>(&value.data)) return quantity->text;
  return value.text();
}

Node text_node(const std::string& text, std::size_t offset) {
  Node node;
  node.kind = Node::Kind::kText;
  node.text = text;
  node.offset = offset;
  return node;
}

// What stands for the parameter: the last override, else "value", else "default".
struct Chosen {
  Node node;
  std::string pointer;
  bool overridden = false;
};
Chosen choose(const Member& member, const std::string& pointer, const std::vector<Override>& overrides) {
  for (auto it = overrides.rbegin(); it != overrides.rend(); ++it) {
    if (it->name == member.key) return {text_node(it->value, member.key_offset), "--set " + it->name, true};
  }
  for (const auto* key : {"value", "default"}) {
    if (const auto* found = member.value.find(key)) return {found->value, child_pointer(pointer, key), false};
  }
  return {};
}

}  // namespace

std::vector<std::string> parameter_dimensions() {
  std::vector<std::string> out;
  for (const auto dimension : kDimensions) out.emplace_back(to_text(dimension));
  out.emplace_back("text");
  return out;
}

std::optional<Dimension> dimension_from_text(std::string_view text) {
  for (const auto dimension : kDimensions) {
    if (to_text(dimension) == text) return dimension;
  }
  return std::nullopt;
}

ParametersRead read_parameters(const Node* node, const std::vector<Override>& overrides, Mistakes& mistakes) {
  ParametersRead out;
  std::vector<std::string> names;
  Reader reader(mistakes, kNothing);
  std::map<std::string, std::string> canonical;
  if (node != nullptr && node->kind != Node::Kind::kObject) {
    mistakes.add(node->offset, "/parameters", std::string(to_text(node->kind)) + " where an object is wanted");
    return out;
  }
  for (const auto& member : node == nullptr ? std::vector<Member>{} : node->members) {
    const std::string pointer = child_pointer("/parameters", member.key);
    names.push_back(member.key);
    const auto declared = reader.read(member.value, Shape::object(parameter_settings()), pointer);
    if (!declared) continue;
    Settings declaration = *std::get<std::shared_ptr<const Settings>>(declared->data);
    if (!declaration.has("dimension") || !(declaration.has("default") || member.value.find("default"))) continue;
    const Shape shape = shape_of(declaration, mistakes);
    const Chosen chosen = choose(member, pointer, overrides);
    // The default must be good even where it is overridden.
    if (const auto* fallback = member.value.find("default"); fallback != nullptr && chosen.pointer != child_pointer(pointer, "default")) {
      (void)reader.read(fallback->value, shape, child_pointer(pointer, "default"));
    }
    const auto value = reader.read(chosen.node, shape, chosen.pointer);
    if (!value) continue;
    const std::string text = text_of(*value);
    out.values.push_back({member.key, text, chosen.overridden});
    out.replacements[member.key] = text;
    declaration.set("value", Value{text, member.key_offset, pointer});
    canonical[member.key] = to_json(declaration);
  }
  for (const auto& override : overrides) {
    if (std::find(names.begin(), names.end(), override.name) == names.end()) {
      mistakes.add(0, "--set " + override.name, "the scenario has no parameter \"" + override.name + "\"", suggest(override.name, names));
    }
  }
  out.canonical_json = "{";
  for (const auto& [name, json] : canonical)
    out.canonical_json += (out.canonical_json.size() > 1 ? "," : "") + quote_json(name) + ":" + json;
  out.canonical_json += "}";
  return out;
}

}  // namespace pumprig::scenario
