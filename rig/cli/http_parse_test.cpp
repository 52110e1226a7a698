#include "rig/cli/http_parse.h"

#include <gtest/gtest.h>

namespace pumprig::cli {
namespace {

TEST(HttpHead, IsUnderstoodOnceItIsWhole) {
  const std::string text = "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-LENGTH:  12 \r\n\r\nhello";
  for (std::size_t i = 0; i < text.size() - 5; ++i) {
    const auto head = parse_head(text.substr(0, i));
    ASSERT_TRUE(head) << i;
    EXPECT_FALSE(*head) << i;
  }
  const auto head = parse_head(text);
  ASSERT_TRUE(head && *head);
  EXPECT_EQ((*head)->status, 200);
  EXPECT_EQ((*head)->content_length, 12U);
  EXPECT_EQ(text.substr((*head)->size), "hello");
}

TEST(HttpHead, RefusesWhatIsNoHttp) {
  EXPECT_FALSE(parse_head("SSH-2.0-x\r\n\r\n"));
  EXPECT_FALSE(parse_head("HTTP/1.1 abc OK\r\n\r\n"));
  EXPECT_FALSE(parse_head("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"));
  EXPECT_FALSE(parse_head(std::string(20'000, 'x')));
}

TEST(EventParser, GivesTheSameEventsHoweverTheBytesArePiecedTogether) {
  const std::string text = ": quiet\n\nid: 7\nevent: job\ndata: {\"a\":1}\n\nid: 8\r\nevent: progress\r\ndata: one\r\ndata: two\r\n\r\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    EventParser parser;
    std::vector<ServerEvent> all;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      const auto events = parser.feed(text.substr(at, piece));
      ASSERT_TRUE(events);
      all.insert(all.end(), events->begin(), events->end());
    }
    ASSERT_EQ(all.size(), 2U) << piece;
    EXPECT_EQ(all[0].number, 7U);
    EXPECT_EQ(all[0].kind, "job");
    EXPECT_EQ(all[0].data, "{\"a\":1}");
    EXPECT_EQ(all[1].data, "one\ntwo");
    EXPECT_EQ(all[1].number, 8U);
  }
}

}  // namespace
}  // namespace pumprig::cli
