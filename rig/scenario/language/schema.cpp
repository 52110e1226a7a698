#include "rig/scenario/language/schema.h"

#include "rig/json/build.h"
#include "rig/scenario/language/load.h"
#include "rig/scenario/language/step_kind.h"

namespace pumprig::scenario {
namespace {

using json::add_member;
using json::bool_node;
using json::list_node;
using json::object_node;
using json::text_node;
using json::texts_node;

constexpr auto kReference = R"(\$\{[^}]+\})";  // ${name}

Node schema_of(const Shape& shape, const std::string& help);

Node schema_of(const Setting& setting) {
  Node out = schema_of(setting.shape, setting.help);
  if (setting.fallback) {
    // A default is part of the description and always parses; a test reads every one.
    if (const auto fallback = Document::parse(*setting.fallback, "default")) add_member(out, "default", fallback->root());
  }
  return out;
}

// "properties", "required" and "additionalProperties" of an object.
void add_members(Node& out, const std::vector<Setting>& settings, Node properties = object_node(), std::vector<std::string> required = {}) {
  for (const auto& setting : settings) {
    add_member(properties, setting.name, schema_of(setting));
    if (setting.required) required.push_back(setting.name);
  }
  add_member(out, "properties", std::move(properties));
  if (!required.empty()) add_member(out, "required", texts_node(required));
  add_member(out, "additionalProperties", bool_node(false));
}

std::string quantity_help(const Shape& shape) {
  std::string out = shape.whole ? "a whole number" : "a " + std::string(to_text(shape.dimension));
  if (!shape.min.empty()) out += ", at least " + shape.min;
  if (!shape.max.empty()) out += ", at most " + shape.max;
  return out;
}

void add_shape(Node& out, const Shape& shape) {
  switch (shape.type) {
    case Shape::Type::kQuantity:
    case Shape::Type::kAnyQuantity: {
      const bool bare = shape.type == Shape::Type::kAnyQuantity || shape.dimension == Dimension::kCount;
      add_member(out, "type", bare ? texts_node({"string", "number"}) : text_node("string"));
      add_member(out, "pattern", text_node(std::string(R"(^\s*[+-]?[0-9.]|)") + kReference));
      return;
    }
    case Shape::Type::kText:
      add_member(out, "type", text_node("string"));
      return;
    case Shape::Type::kName:
      add_member(out, "type", text_node("string"));
      add_member(out, "pattern", text_node(std::string(R"(^[A-Za-z0-9_.-]+$|)") + kReference));
      return;
    case Shape::Type::kChoice:
      add_member(out, "type", text_node("string"));
      add_member(out, "anyOf",
                 list_node({object_node({{"enum", texts_node(shape.choices)}}), object_node({{"pattern", text_node(kReference)}})}));
      return;
    case Shape::Type::kBool:
      add_member(out, "type", text_node("boolean"));
      return;
    case Shape::Type::kFree:
      add_member(out, "type", text_node("object"));
      add_member(out, "additionalProperties", object_node({{"type", texts_node({"string", "number", "boolean"})}}));
      return;
    case Shape::Type::kList:
      add_member(out, "type", text_node("array"));
      add_member(out, "items", schema_of(shape.element.front(), ""));
      return;
    case Shape::Type::kObject:
      add_member(out, "type", text_node("object"));
      add_members(out, shape.members);
      return;
  }
}

Node schema_of(const Shape& shape, const std::string& help) {
  Node out = object_node();
  std::string description = help;
  if (shape.type == Shape::Type::kQuantity) description += (help.empty() ? "" : "; ") + quantity_help(shape);
  if (!description.empty()) add_member(out, "description", text_node(description));
  add_shape(out, shape);
  return out;
}

Node steps_schema() {
  return object_node({{"type", text_node("array")}, {"items", object_node({{"$ref", text_node("#/$defs/step")}})}});
}

Node kind_schema(const StepKind& kind) {
  Node out = object_node({{"description", text_node(kind.summary)}, {"type", text_node("object")}});
  Node properties = object_node({{"step", object_node({{"const", text_node(kind.name)}})}});
  std::vector<std::string> required{"step"};
  if (kind.nests != StepKind::Nests::kNever) add_member(properties, "during", steps_schema());
  if (kind.nests == StepKind::Nests::kAlways) required.emplace_back("during");
  std::vector<Setting> settings = common_step_settings();
  settings.insert(settings.end(), kind.settings.begin(), kind.settings.end());
  add_members(out, settings, std::move(properties), required);
  return out;
}

// One branch a kind, chosen by "step" before anything else is looked at: a validator then speaks of that kind only.
Node step_schema() {
  std::vector<std::string> names;
  std::vector<Node> branches;
  for (const auto& kind : step_catalogue()) {
    names.push_back(kind.name);
    Node when = object_node({{"properties", object_node({{"step", object_node({{"const", text_node(kind.name)}})}})}});
    Node then = object_node({{"$ref", text_node("#/$defs/steps/" + kind.name)}});
    branches.push_back(object_node({{"if", std::move(when)}, {"then", std::move(then)}}));
  }
  return object_node({{"type", text_node("object")},
                      {"required", texts_node({"step"})},
                      {"properties", object_node({{"step", object_node({{"enum", texts_node(names)}})}})},
                      {"allOf", list_node(std::move(branches))}});
}

Node parameters_schema() {
  Node declaration = object_node({{"type", text_node("object")}});
  add_members(declaration, parameter_settings());
  return object_node({{"description", text_node("values that may be set from outside; ${name} stands for one")},
                      {"type", text_node("object")},
                      {"additionalProperties", std::move(declaration)}});
}

}  // namespace

std::string scenario_schema() {
  Node root = object_node({{"$schema", text_node("https://json-schema.org/draft/2020-12/schema")},
                           {"title", text_node("pumprig scenario")},
                           {"type", text_node("object")}});
  Node properties = object_node({{"$schema", object_node({{"type", text_node("string")}})}});
  add_member(properties, "parameters", parameters_schema());
  add_member(properties, "steps", steps_schema());
  add_members(root, scenario_settings(), std::move(properties), {"steps"});
  Node kinds = object_node();
  for (const auto& kind : step_catalogue()) add_member(kinds, kind.name, kind_schema(kind));
  add_member(root, "$defs", object_node({{"step", step_schema()}, {"steps", std::move(kinds)}}));
  return json::to_text(root, 2) + "\n";
}

}  // namespace pumprig::scenario
