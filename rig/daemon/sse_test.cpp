#include "rig/daemon/sse.h"

#include <gtest/gtest.h>

namespace pumprig::daemon {
namespace {

EventLog::Batch two_after_a_gap() {
  EventLog::Batch batch;
  batch.lost = {3, 4};
  batch.events = {{5, "job-1", "job", "{}"}, {6, "job-2", "check", "{\"a\":1}"}};
  return batch;
}

TEST(Sse, WritesTheGapThenTheEvents) {
  EXPECT_EQ(to_sse(two_after_a_gap()),
            "id: 4\nevent: gap\ndata: {\"first\":3,\"last\":4}\n\nid: 5\nevent: job\ndata: {}\n\nid: 6\nevent: check\ndata: {\"a\":1}\n\n");
  EXPECT_EQ(to_sse({}), "");
}

TEST(Sse, WritesTheSameAsNotifications) {
  EXPECT_EQ(
      to_notifications(two_after_a_gap()),
      (std::vector<std::string>{R"({"jsonrpc":"2.0","method":"event","params":{"number":4,"event":"gap","data":{"first":3,"last":4}}})",
                                R"({"jsonrpc":"2.0","method":"event","params":{"number":5,"event":"job","data":{}}})",
                                R"({"jsonrpc":"2.0","method":"event","params":{"number":6,"event":"check","data":{"a":1}}})"}));
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
