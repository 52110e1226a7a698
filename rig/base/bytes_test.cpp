#include "rig/base/bytes.h"

#include <gtest/gtest.h>

namespace pumprig {
namespace {

TEST(Bytes, HexTextGoesBothWays) {
  const auto bytes = from_hex("7E 00 d1 2E7e");
  ASSERT_TRUE(bytes);
  EXPECT_EQ(to_hex(*bytes), "7E 00 D1 2E 7E");
  EXPECT_FALSE(from_hex("7"));
  EXPECT_FALSE(from_hex("7 E"));
  EXPECT_FALSE(from_hex("7G"));
}

TEST(Bytes, ByteOrderGoesBothWays) {
  Bytes out;
  put_be16(out, 0x0102);
  put_be32(out, 0x03040506);
  put_be64(out, 0x0708090A0B0C0D0E);
  put_le16(out, 0x0102);
  put_le32(out, 0x03040506);
  put_le64(out, 0x0708090A0B0C0D0E);
  EXPECT_EQ(to_hex(out), "01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 02 01 06 05 04 03 0E 0D 0C 0B 0A 09 08 07");
  EXPECT_EQ(get_be16(out, 0), 0x0102);
  EXPECT_EQ(get_be32(out, 2), 0x03040506U);
  EXPECT_EQ(get_be64(out, 6), 0x0708090A0B0C0D0EU);
  EXPECT_EQ(get_le16(out, 14), 0x0102);
  EXPECT_EQ(get_le32(out, 16), 0x03040506U);
  EXPECT_EQ(get_le64(out, 20), 0x0708090A0B0C0D0EU);
}

TEST(Result, AnErrorTellsItsWholeChain) {
  const Error inner = fail(ErrorCode::kTimeout, "no reply within 200 ms", "/dev/ttyUSB0").value();
  const Error outer = fail(inner, "the flow meter did not start", "flow").value();
  EXPECT_EQ(outer.code, ErrorCode::kTimeout);
  EXPECT_EQ(outer.describe(), "flow: the flow meter did not start (timeout); because /dev/ttyUSB0: no reply within 200 ms (timeout)");
}

}  // namespace
}  // namespace pumprig
