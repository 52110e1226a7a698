#include "rig/base/calendar.h"

#include <gtest/gtest.h>

namespace pumprig {
namespace {

TEST(Calendar, WhatIsWrittenIsReadBack) {
  for (const char* text : {"2000-01-01 00:00:00", "2026-02-28 23:59:59", "2028-02-29 12:00:07", "2399-12-31 23:59:59"}) {
    const auto seconds = parse_calendar(text);
    ASSERT_TRUE(seconds) << text;
    EXPECT_EQ(calendar_text(*seconds), text);
  }
  EXPECT_EQ(calendar_text(0), "1970-01-01 00:00:00");
  EXPECT_EQ(calendar_text(-1), "1969-12-31 23:59:59");
}

TEST(Calendar, WhatIsNoDateIsNone) {
  for (const char* text : {"2026-02-29 00:00:00", "2026-03-01", "2026-03-01 24:00:00", "2026-03-01T08:00:00", "1999-12-31 00:00:00", ""}) {
    EXPECT_FALSE(parse_calendar(text)) << text;
  }
}

}  // namespace
}  // namespace pumprig
