// Reads JSON nodes against shapes: every mistake is noted and reading goes on.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/json/document.h"
#include "rig/json/mistake.h"
#include "rig/json/settings.h"
#include "rig/json/shape.h"

namespace pumprig::json {

// Name → text that stands for ${name}.
using Replacements = std::map<std::string, std::string, std::less<>>;

class Reader {
 public:
  Reader(Mistakes& mistakes, const Replacements& replacements) : mistakes_(mistakes), replacements_(replacements) {}

  // Empty when the value itself is of no use; all that is wrong has been noted.
  std::optional<Value> read(const Node& node, const Shape& shape, const std::string& pointer);
  // `also` names keys that somebody else reads.
  Settings read_members(const Node& node, const std::vector<Setting>& members, const std::string& pointer,
                        const std::vector<std::string>& also = {});
  Mistakes& mistakes() { return mistakes_; }

 private:
  std::optional<std::string> expand(const Node& node, const std::string& pointer);
  std::optional<Value> read_quantity(const Node& node, const Shape& shape, const std::string& pointer);
  std::optional<Value> read_text(const Node& node, const Shape& shape, const std::string& pointer);
  std::optional<Value> read_free(const Node& node, const std::string& pointer);
  std::optional<Value> read_list(const Node& node, const Shape& shape, const std::string& pointer);
  bool in_range(const Quantity& quantity, const Shape& shape, const Node& node, const std::string& pointer);
  void wrong_kind(const Node& node, const std::string& pointer, const std::string& wanted, std::string remedy = {});

  Mistakes& mistakes_;
  const Replacements& replacements_;
};

}  // namespace pumprig::json
