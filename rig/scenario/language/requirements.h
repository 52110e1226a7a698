// The list of requirements that scenarios point at (scenarios/requirements.json).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rig/base/result.h"

namespace pumprig::scenario {

struct Requirement {
  std::string id;     // "REQ-103"
  std::string area;   // "therapy"
  std::string title;  // a few words
  std::string text;   // what must hold, with numbers
  std::vector<std::string> verification;
};

class Requirements {
 public:
  static Result<Requirements> parse(std::string text, const std::string& file);
  static Result<Requirements> load(const std::string& path);

  const Requirement* find(std::string_view id) const;
  const std::vector<Requirement>& all() const { return all_; }
  std::vector<std::string> ids() const;

 private:
  std::vector<Requirement> all_;
};

}  // namespace pumprig::scenario
