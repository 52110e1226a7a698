#include "rig/daemon/sse.h"

#include <gtest/gtest.h>

namespace pumprig::daemon {
namespace {

TEST(Sse, WritesTheGapThenTheEventsOfOneJob) {
  EventLog::Batch batch;
  batch.lost = {3, 4};
  batch.events = {{5, "job-1", "job", "{}"}, {6, "job-2", "job", "{}"}, {7, "job-1", "check", "{}"}};
  EXPECT_EQ(to_sse(batch, "job-1"),
            "id: 4\nevent: gap\ndata: {\"first\":3,\"last\":4}\n\nid: 5\nevent: job\ndata: {}\n\nid: 7\nevent: check\ndata: {}\n\n");
  EXPECT_NE(to_sse(batch, "").find("id: 6\n"), std::string::npos);
}

TEST(Sse, FindsAValueOfTheAddressByItsWholeName) {
  EXPECT_EQ(query_value("/events?since=7&run=job-1", "since"), "7");
  EXPECT_EQ(query_value("/events?since=7&run=job-1", "run"), "job-1");
  EXPECT_EQ(query_value("/events?insince=7", "since"), std::nullopt);
  EXPECT_EQ(query_value("/events?since", "since"), std::nullopt);
  EXPECT_EQ(query_value("/events?&&run=&", "run"), "");
  EXPECT_EQ(query_value("/events", "since"), std::nullopt);
}

TEST(Sse, TakesWholeNumbersOnly) {
  EXPECT_EQ(whole_number("18446744073709551615"), 18446744073709551615U);
  for (const auto* wrong : {"", "-1", "7x", " 7", "18446744073709551616", "7.0"}) EXPECT_EQ(whole_number(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace pumprig::daemon
