#include "rig/json/document.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace pumprig::json {
namespace {

// Lets nlohmann's lexer read the text while we see how far it has come: its SAX events carry no position.
class CountingIterator {
 public:
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  using iterator_category = std::input_iterator_tag;

  CountingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    auto before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(const std::string& text, Node& root, std::vector<Document::Duplicate>& duplicates)
      : text_(text), root_(root), duplicates_(duplicates), reached(text.data()) {}

  bool null() override { return add(make(Node::Kind::kNull, next_token())); }
  bool boolean(bool value) override {
    Node node = make(Node::Kind::kBool, next_token());
    node.boolean = value;
    return add(std::move(node));
  }
  bool number_integer(number_integer_t value) override { return add_number(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add_number(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return add_number(value); }
  bool string(string_t& value) override {
    Node node = make(Node::Kind::kText, next_token());
    node.text = std::move(value);
    return add(std::move(node));
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Node::Kind::kObject); }
  bool start_array(std::size_t) override { return open(Node::Kind::kList); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    Frame& frame = stack_.back();
    frame.key_offset = next_token();
    frame.key = std::move(value);
    const auto& members = frame.node.members;
    frame.skip_next = std::any_of(members.begin(), members.end(), [&](const Member& m) { return m.key == frame.key; });
    if (frame.skip_next) duplicates_.push_back({pointer() + child_pointer("", frame.key), frame.key_offset});
    note_end();
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    problem = error.what();
    // "[json.exception.parse_error.101] parse error at line 4, column 0: syntax error …": the rest says what.
    if (const auto colon = problem.find(": "); colon != std::string::npos) problem.erase(0, colon + 2);
    return false;
  }

  const char* position() const { return reached; }
  const char** reached_slot() { return &reached; }
  std::string problem;

 private:
  struct Frame {
    Node node;
    std::string key;
    std::size_t key_offset = 0;
    bool skip_next = false;
  };

  static Node make(Node::Kind kind, std::size_t offset) {
    Node node;
    node.kind = kind;
    node.offset = offset;
    return node;
  }

  // Where the token that was just read begins: what parts tokens is blank, a comma or a colon.
  std::size_t next_token() const { return std::min(text_.find_first_not_of(" \t\r\n,:", last_end_), text_.size()); }
  void note_end() { last_end_ = static_cast<std::size_t>(reached - text_.data()); }

  bool add_number(double value) {
    Node node = make(Node::Kind::kNumber, next_token());
    node.number = value;
    node.text = text_.substr(node.offset, text_.find_first_not_of("+-.0123456789eE", node.offset) - node.offset);
    return add(std::move(node));
  }

  bool add(Node node) {
    note_end();
    if (stack_.empty()) {
      root_ = std::move(node);
      return true;
    }
    Frame& frame = stack_.back();
    if (frame.node.kind == Node::Kind::kList) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.skip_next) {
      frame.node.members.push_back({std::move(frame.key), frame.key_offset, std::move(node)});
    }
    return true;
  }

  bool open(Node::Kind kind) {
    note_end();
    if (stack_.size() >= Document::kMaxDepth) {
      problem = "nested deeper than " + std::to_string(Document::kMaxDepth) + " levels";
      return false;
    }
    stack_.push_back({make(kind, last_end_ - 1), {}, 0, false});
    return true;
  }

  bool close() {
    Node done = std::move(stack_.back().node);
    stack_.pop_back();
    return add(std::move(done));
  }

  std::string pointer() const {
    std::string out;
    for (std::size_t i = 0; i + 1 < stack_.size(); ++i) {
      const Frame& frame = stack_[i];
      out += frame.node.kind == Node::Kind::kList ? child_pointer("", frame.node.items.size()) : child_pointer("", frame.key);
    }
    return out;
  }

  const std::string& text_;
  Node& root_;
  std::vector<Document::Duplicate>& duplicates_;
  std::vector<Frame> stack_;
  std::size_t last_end_ = 0;
  const char* reached;
};

}  // namespace

const Member* Node::find(std::string_view key) const {
  for (const auto& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

std::string_view to_text(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kBool:
      return "true or false";
    case Node::Kind::kNumber:
      return "a bare number";
    case Node::Kind::kText:
      return "a text";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kObject:
      return "an object";
  }
  return "null";
}

Result<Document> Document::parse(std::string text, std::string file) {
  Document document;
  document.text_ = std::move(text);
  document.file_ = std::move(file);
  Builder builder(document.text_, document.root_, document.duplicates_);
  const char* begin = document.text_.data();
  const CountingIterator first(begin, builder.reached_slot());
  const CountingIterator last(begin + document.text_.size(), builder.reached_slot());
  if (!nlohmann::json::sax_parse(first, last, &builder)) {
    const auto reached = static_cast<std::size_t>(builder.position() - begin);
    return fail(ErrorCode::kInvalidArgument, "this is not a complete JSON text: " + builder.problem,
                document.where(reached == 0 ? 0 : reached - 1));
  }
  return document;
}

std::string Document::where(std::size_t offset) const {
  const std::string_view before = std::string_view(text_).substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto line_start = before.rfind('\n');
  const auto column = line_start == std::string_view::npos ? before.size() + 1 : before.size() - line_start;
  return file_ + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string quote_json(std::string_view text) {
  return nlohmann::json(std::string(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string child_pointer(std::string_view parent, std::string_view key) {
  std::string out(parent);
  out += '/';
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string child_pointer(std::string_view parent, std::size_t index) {
  return std::string(parent) + "/" + std::to_string(index);
}

}  // namespace pumprig::json
