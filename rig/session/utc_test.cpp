#include "rig/session/utc.h"

#include <gtest/gtest.h>

namespace pumprig::session {
namespace {

// 1,700,000,000 s is 2023-11-14T22:13:20Z, a value that any epoch converter gives.
TEST(Utc, IsWrittenInIso8601WithMilliseconds) {
  EXPECT_EQ(utc_text(1'700'000'000'123'999'999), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(utc_text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(utc_text(-1), "1969-12-31T23:59:59.999Z");
}

TEST(Utc, StampSortsAsTimeDoes) {
  EXPECT_EQ(utc_stamp(1'700'000'000'000'000'000), "20231114T221320Z");
  EXPECT_LT(utc_stamp(1'699'999'999'999'999'999), utc_stamp(1'700'000'000'000'000'000));
}

}  // namespace
}  // namespace pumprig::session
