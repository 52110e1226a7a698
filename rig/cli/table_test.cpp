#include "rig/cli/table.h"

#include <gtest/gtest.h>

namespace pumprig::cli {
namespace {

TEST(Table, AlignsTextLeftAndNumbersRightCountingCodePoints) {
  Table table({{"check"}, {"limit"}, {"measured", Table::Align::kRight}});
  table.add({"rate", "0.5 ± 14.5 %", "0.5012"});
  table.add({"pressure µ", "", "12"});
  EXPECT_EQ(table.text(false, "  "),
            "  check       limit         measured\n"
            "  rate        0.5 ± 14.5 %    0.5012\n"
            "  pressure µ                      12\n");
}

TEST(Table, LeavesNoBlanksAtTheEndOfALine) {
  Table table({{"a"}, {"b"}});
  table.add({"long text", ""});
  table.add({"x"});
  EXPECT_EQ(table.text(false), "a          b\nlong text\nx\n");
}

TEST(Table, ColoursWithoutMovingColumns) {
  Table table({{"verdict"}, {"n"}});
  table.add({"pass", "1"});
  table.style_last(0, "32");
  EXPECT_EQ(table.text(true), "\033[1mverdict\033[0m  \033[1mn\033[0m\n\033[32mpass\033[0m     1\n");
}

}  // namespace
}  // namespace pumprig::cli
