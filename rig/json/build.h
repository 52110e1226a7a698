// Making JSON text from a tree of nodes: keys in the order in which they were added.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rig/json/document.h"

namespace pumprig::json {

Node text_node(std::string_view text);
Node bool_node(bool value);
Node number_node(double value);  // the shortest digits that read back as it
Node count_node(std::int64_t value);
Node list_node(std::vector<Node> items = {});
Node object_node(std::vector<std::pair<std::string, Node>> members = {});
Node texts_node(const std::vector<std::string>& texts);
void add_member(Node& object, std::string_view key, Node value);

// With `indent` blanks a level and a line a member; 0: one line without blanks. Numbers stand as their `text`.
std::string to_text(const Node& node, int indent);

}  // namespace pumprig::json
