#include "rig/json/mistake.h"

#include <gtest/gtest.h>

namespace pumprig::json {
namespace {

TEST(Mistakes, ComeInTheOrderOfTheFileWithPlacePointerAndRemedy) {
  const auto document = Document::parse("{\n  \"a\": 1,\n  \"b\": 2\n}", "f.json");
  Mistakes mistakes(*document);
  mistakes.add(document->root().find("b")->value.offset, "/b", "second");
  mistakes.add(document->root().find("a")->value.offset, "/a", "first", "do this");
  const auto list = mistakes.take();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].describe(), "f.json:2:8: /a: first; do this");
  EXPECT_EQ(list[1].describe(), "f.json:3:8: /b: second");
  const Error error = to_error(list);
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.where, "f.json:2:8 /a");
  EXPECT_EQ(error.text, "2 mistakes\n  f.json:2:8: /a: first; do this\n  f.json:3:8: /b: second");
}

TEST(Suggest, NamesTheWordThatWasMeant) {
  EXPECT_EQ(suggest("wiat", {"wait", "start"}), "did you mean \"wait\"?");
  EXPECT_EQ(suggest("fl0w.flow", {"pressure.pressure", "flow.flow"}), "did you mean \"flow.flow\"?");
  EXPECT_EQ(suggest("zebra", {"wait", "start"}), "known are wait, start");
  EXPECT_EQ(suggest("zebra", {}), "none is known here");
}

}  // namespace
}  // namespace pumprig::json
