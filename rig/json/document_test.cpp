#include "rig/json/document.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <nlohmann/json.hpp>

#include "rig/base/rng.h"
#include "rig/json/build.h"

namespace pumprig::json {
namespace {

const char* kSmall = "{\n  \"name\": \"x\",\n  \"list\": [1, -2.5e3, {\"a/b\": true}],\n  \"empty\": {}\n}\n";

TEST(Document, KeepsTheOrderOfKeysAndTheDigitsOfNumbers) {
  const auto document = Document::parse(kSmall, "f.json");
  ASSERT_TRUE(document) << document.error().describe();
  const Node& root = document->root();
  ASSERT_EQ(root.members.size(), 3U);
  EXPECT_EQ(root.members[0].key, "name");
  EXPECT_EQ(root.members[1].value.items[1].text, "-2.5e3");
  EXPECT_EQ(root.members[1].value.items[1].number, -2500);
  EXPECT_TRUE(root.find("list")->value.items[2].find("a/b")->value.boolean);
  EXPECT_EQ(root.find("nothing"), nullptr);
}

TEST(Document, SaysLineAndColumnOfEveryValue) {
  const auto document = Document::parse(kSmall, "f.json");
  const Node& root = document->root();
  EXPECT_EQ(document->where(root.members[0].key_offset), "f.json:2:3");
  EXPECT_EQ(document->where(root.members[0].value.offset), "f.json:2:11");
  EXPECT_EQ(document->where(root.members[1].value.items[1].offset), "f.json:3:15");
  EXPECT_EQ(document->where(root.members[1].value.items[2].offset), "f.json:3:23");
  EXPECT_EQ(document->where(root.members[2].value.offset), "f.json:4:12");
}

TEST(Document, TextThatIsCutOffAnywhereIsOneErrorWithItsPlace) {
  const std::string text = R"({"a": [1, 2, {"b": "c\u00b5"}], "d": -1.5})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto document = Document::parse(text.substr(0, size), "f.json");
    ASSERT_FALSE(document) << size;
    EXPECT_EQ(document.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(document.error().where.rfind("f.json:1:", 0), 0U) << document.error().where;
  }
  const auto document = Document::parse("{\n \"a\": 1,\n \"b\": [1, 2\n", "f.json");
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().where.rfind("f.json:3:", 0), 0U) << document.error().where;
}

TEST(Document, WhatIsNotJsonIsRefused) {
  for (const auto* text :
       {"", "{,}", "[1,]", "{\"a\" 1}", "nan", "[1e999]", "[\"\xff\"]", "[01]", "{} {}", "[1 2]", "{'a': 1}", "// x\n{}"}) {
    EXPECT_FALSE(Document::parse(text, "f.json")) << text;
  }
}

TEST(Document, DuplicateKeysAreListedWithTheirPlaceAndTheFirstIsKept) {
  const auto document = Document::parse("{\"x\": [{\"a\": 1, \"b\": 2,\n \"a\": {\"c\": [3]}}], \"x\": 4}", "f.json");
  ASSERT_TRUE(document);
  ASSERT_EQ(document->duplicates().size(), 2U);
  EXPECT_EQ(document->duplicates()[0].pointer, "/x/0/a");
  EXPECT_EQ(document->where(document->duplicates()[0].offset), "f.json:2:2");
  EXPECT_EQ(document->duplicates()[1].pointer, "/x");
  EXPECT_EQ(document->root().find("x")->value.items[0].find("a")->value.number, 1);
}

TEST(Document, TooDeepIsRefusedNotOverflowed) {
  EXPECT_TRUE(Document::parse(std::string(60, '[') + std::string(60, ']'), "f"));
  const auto deep = Document::parse(std::string(100'000, '['), "f");
  ASSERT_FALSE(deep);
  EXPECT_NE(deep.error().text.find("deeper"), std::string::npos);
}

TEST(Document, PointersAreEscaped) {
  EXPECT_EQ(child_pointer("/a", "b/c~d"), "/a/b~1c~0d");
  EXPECT_EQ(child_pointer("", std::size_t{3}), "/3");
  EXPECT_EQ(quote_json("a\"b\n"), "\"a\\\"b\\n\"");
}

// A random document with random blanks, as text.
std::string random_json(Rng& rng, int depth) {
  const auto blank = [&rng] { return std::string(rng.below(3), rng.below(2) ? ' ' : '\n'); };
  const auto kind = rng.below(depth > 3 ? 5 : 8);
  std::string out = blank();
  if (kind == 0) out += "null";
  if (kind == 1) out += rng.below(2) ? "true" : "false";
  if (kind == 2) out += std::to_string(static_cast<std::int64_t>(rng.below(100000)) - 50000);
  if (kind == 3) out += std::to_string(rng.uniform(-5, 5));
  if (kind == 4) out += R"("t\u00b5\n,:\"x")";
  if (kind >= 5) {
    const bool object = kind == 6 || kind == 7;
    out += object ? '{' : '[';
    const auto n = rng.below(4);
    for (std::uint64_t i = 0; i < n; ++i) {
      if (i > 0) out += "," + blank();
      if (object) out += blank() + "\"k" + std::to_string(i) + "\"" + blank() + ":";
      out += random_json(rng, depth + 1);
    }
    out += blank() + (object ? '}' : ']');
  }
  return out + blank();
}

void compare_positions(const Node& node, const std::string& pointer, const simdjson::padded_string& text, const std::string& all) {
  if (!pointer.empty()) {
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    ASSERT_EQ(parser.iterate(text).get(document), simdjson::SUCCESS);
    simdjson::ondemand::value value;
    ASSERT_EQ(document.at_pointer(pointer).get(value), simdjson::SUCCESS) << pointer;
    std::string_view token = value.raw_json_token();
    EXPECT_EQ(static_cast<std::size_t>(token.data() - text.data()), node.offset) << pointer << " in " << all;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) compare_positions(node.items[i], child_pointer(pointer, i), text, all);
  for (const auto& member : node.members) compare_positions(member.value, child_pointer(pointer, member.key), text, all);
}

TEST(Document, PlacesAgreeWithSimdjsonAndValuesWithNlohmannOnRandomDocuments) {
  Rng rng(7);
  for (int round = 0; round < 300; ++round) {
    const std::string text = random_json(rng, 0);
    const auto document = Document::parse(text, "f");
    ASSERT_TRUE(document) << text;
    compare_positions(document->root(), "", simdjson::padded_string(text), text);
    const auto other = nlohmann::json::parse(text);
    EXPECT_EQ(nlohmann::json::parse(to_text(document->root(), 0)), other) << text;
    EXPECT_EQ(nlohmann::json::parse(to_text(document->root(), 2)), other) << text;
    EXPECT_EQ(other.is_object(), document->root().kind == Node::Kind::kObject);
    EXPECT_EQ(other.is_structured() ? other.size() : 0U, document->root().items.size() + document->root().members.size());
  }
}

}  // namespace
}  // namespace pumprig::json
