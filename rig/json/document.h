// JSON text as a tree in which every value knows where it stands in the file, so that a mistake can be shown with line and column.
//
// Keys keep their order. A key that appears twice is kept once (the first) and listed in `duplicates`. Depth is at most kMaxDepth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/result.h"

namespace pumprig::json {

struct Member;

struct Node {
  enum class Kind : std::uint8_t { kNull, kBool, kNumber, kText, kList, kObject };
  Kind kind = Kind::kNull;
  bool boolean = false;
  double number = 0;
  std::string text;             // of kText the decoded text; of kNumber the digits as written
  std::vector<Node> items;      // of kList
  std::vector<Member> members;  // of kObject
  std::size_t offset = 0;       // byte at which the value begins

  const Member* find(std::string_view key) const;
};

struct Member {
  std::string key;
  std::size_t key_offset = 0;
  Node value;
};

std::string_view to_text(Node::Kind kind);  // "an object", "a text", …

class Document {
 public:
  static constexpr int kMaxDepth = 64;

  struct Duplicate {
    std::string pointer;
    std::size_t offset = 0;
  };

  // kInvalidArgument: not JSON, cut off, not UTF-8 or too deep; `where` is "file:line:column".
  static Result<Document> parse(std::string text, std::string file);

  const Node& root() const { return root_; }
  const std::string& file() const { return file_; }
  const std::string& text() const { return text_; }
  const std::vector<Duplicate>& duplicates() const { return duplicates_; }
  // "file:line:column", both counted from 1; a column counts bytes.
  std::string where(std::size_t offset) const;

 private:
  std::string text_;
  std::string file_;
  Node root_;
  std::vector<Duplicate> duplicates_;
};

// A JSON string literal with its quotes.
std::string quote_json(std::string_view text);
// "/a~1b": one more token on a JSON pointer (RFC 6901).
std::string child_pointer(std::string_view parent, std::string_view key);
std::string child_pointer(std::string_view parent, std::size_t index);

}  // namespace pumprig::json
