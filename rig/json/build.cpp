#include "rig/json/build.h"

#include <charconv>
#include <iterator>

namespace pumprig::json {
namespace {

void write(const Node& node, int indent, int depth, std::string& out) {
  const auto new_line = [&](int level) {
    if (indent > 0) out += '\n' + std::string(static_cast<std::size_t>(indent * level), ' ');
  };
  switch (node.kind) {
    case Node::Kind::kNull:
      out += "null";
      return;
    case Node::Kind::kBool:
      out += node.boolean ? "true" : "false";
      return;
    case Node::Kind::kNumber:
      out += node.text;
      return;
    case Node::Kind::kText:
      out += quote_json(node.text);
      return;
    case Node::Kind::kList:
      out += '[';
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out += ',';
        new_line(depth + 1);
        write(node.items[i], indent, depth + 1, out);
      }
      if (!node.items.empty()) new_line(depth);
      out += ']';
      return;
    case Node::Kind::kObject:
      out += '{';
      for (std::size_t i = 0; i < node.members.size(); ++i) {
        if (i > 0) out += ',';
        new_line(depth + 1);
        out += quote_json(node.members[i].key) + (indent > 0 ? ": " : ":");
        write(node.members[i].value, indent, depth + 1, out);
      }
      if (!node.members.empty()) new_line(depth);
      out += '}';
      return;
  }
}

Node make(Node::Kind kind) {
  Node node;
  node.kind = kind;
  return node;
}

}  // namespace

Node text_node(std::string_view text) {
  Node node = make(Node::Kind::kText);
  node.text = std::string(text);
  return node;
}

Node bool_node(bool value) {
  Node node = make(Node::Kind::kBool);
  node.boolean = value;
  return node;
}

Node number_node(double value) {
  char digits[32];
  auto* const end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  Node node;
  node.kind = Node::Kind::kNumber;
  node.number = value;
  node.text.assign(digits, end);
  return node;
}
Node count_node(std::int64_t value) {
  Node node;
  node.kind = Node::Kind::kNumber;
  node.number = static_cast<double>(value);
  node.text = std::to_string(value);
  return node;
}
Node list_node(std::vector<Node> items) {
  Node node = make(Node::Kind::kList);
  node.items = std::move(items);
  return node;
}

// The values are moved out of it.
Node object_node(std::vector<std::pair<std::string, Node>> members) {  // NOLINT(performance-unnecessary-value-param)
  Node node = make(Node::Kind::kObject);
  for (auto& [key, value] : members) add_member(node, key, std::move(value));
  return node;
}

Node texts_node(const std::vector<std::string>& texts) {
  Node node = make(Node::Kind::kList);
  for (const auto& text : texts) node.items.push_back(text_node(text));
  return node;
}

void add_member(Node& object, std::string_view key, Node value) {
  object.members.push_back({std::string(key), 0, std::move(value)});
}

std::string to_text(const Node& node, int indent) {
  std::string out;
  write(node, indent, 0, out);
  return out;
}

}  // namespace pumprig::json
