#include "rig/base/weekly.h"

#include <gtest/gtest.h>

namespace pumprig {
namespace {

TEST(Weekly, ReadsDaysAloneInRangesAndInLists) {
  EXPECT_EQ(*parse_weekdays("daily"), 0x7F);
  EXPECT_EQ(*parse_weekdays("mon-fri"), 0x1F);
  EXPECT_EQ(*parse_weekdays("sat,sun"), 0x60);
  EXPECT_EQ(*parse_weekdays("mon,wed-fri"), 0x1D);
  EXPECT_EQ(*parse_weekdays("fri-mon"), 0b1110001);  // over the end of the week
  for (const char* wrong : {"", "mo", "mon-", ",", "mon,", "monday", "mon - fri", "daily,mon"}) {
    EXPECT_FALSE(parse_weekdays(wrong)) << wrong;
  }
}

TEST(Weekly, ReadsTimesOfDayToTheMinute) {
  EXPECT_EQ(*parse_time_of_day("00:00"), 0);
  EXPECT_EQ(*parse_time_of_day("07:30"), 450);
  EXPECT_EQ(*parse_time_of_day("23:59"), 1439);
  for (const char* wrong : {"", "7:30", "24:00", "12:60", "12-30", "-1:30", "+1:30", "12:3x", "12:300"}) {
    EXPECT_FALSE(parse_time_of_day(wrong)) << wrong;
  }
}

TEST(Weekly, WhatIsWrittenReadsBack) {
  for (unsigned bits = 1; bits <= 0x7F; ++bits) EXPECT_EQ(*parse_weekdays(weekdays_text(static_cast<std::uint8_t>(bits))), bits) << bits;
  EXPECT_EQ(weekdays_text(0x1F), "mon-fri");
  EXPECT_EQ(weekdays_text(0x60), "sat,sun");
  EXPECT_EQ(weekdays_text(0x1D), "mon,wed-fri");
  for (unsigned minute = 0; minute < 1440; ++minute) {
    EXPECT_EQ(*parse_time_of_day(time_of_day_text(static_cast<std::uint16_t>(minute))), minute);
  }
}

}  // namespace
}  // namespace pumprig
