#include "rig/link/spec/link_spec.h"

#include <gtest/gtest.h>

#include "rig/link/spec/open_link.h"

namespace pumprig::link {
namespace {

TEST(LinkSpec, ReadsEachKind) {
  const auto usb = parse_link_spec("serial:usb=RIG-FLOW-01?baud=9600&parity=even&bits=7&stop=2&flow=rtscts");
  ASSERT_TRUE(usb) << usb.error().text;
  EXPECT_EQ(usb->kind, LinkKind::kSerial);
  EXPECT_EQ(usb->usb_serial, "RIG-FLOW-01");
  EXPECT_EQ(usb->line.baud, 9600);
  EXPECT_EQ(usb->line.parity, Parity::kEven);
  EXPECT_EQ(usb->line.data_bits, 7);
  EXPECT_EQ(usb->line.stop_bits, 2);
  EXPECT_EQ(usb->line.flow, FlowControl::kRtsCts);
  EXPECT_EQ(parse_link_spec("serial:/dev/ttyUSB0")->target, "/dev/ttyUSB0");
  EXPECT_EQ(parse_link_spec("pty:/tmp/a b")->target, "/tmp/a b");
  EXPECT_EQ(parse_link_spec("unix:/tmp/s")->kind, LinkKind::kUnix);
  EXPECT_EQ(parse_link_spec("tcp:bench-3:4000")->target, "bench-3");
  EXPECT_EQ(parse_link_spec("tcp:[::1]:4000")->target, "::1");
  EXPECT_EQ(parse_link_spec("tcp:[::1]:4000")->port, "4000");
  EXPECT_EQ(parse_link_spec("virtual:flow")->target, "flow");
}

TEST(LinkSpec, WhatItDoesNotSayIsTheKindsDefault) {
  LineSettings defaults;
  defaults.baud = 9600;
  defaults.stop_bits = 2;
  const auto spec = parse_link_spec("serial:/dev/ttyS0?parity=odd", defaults);
  EXPECT_EQ(spec->line.baud, 9600);
  EXPECT_EQ(spec->line.stop_bits, 2);
  EXPECT_EQ(spec->line.parity, Parity::kOdd);
}

struct Wrong {
  const char* text;
  int position;
  const char* says;
};

TEST(LinkSpec, AMistakeIsNamedWithItsPositionAndRemedy) {
  for (const Wrong& wrong : std::initializer_list<Wrong>{{"", 1, "lacks its kind"},
                                                         {"/dev/ttyUSB0", 1, "begins with serial:"},
                                                         {"usb:RIG", 1, "no kind of link"},
                                                         {"serial:ttyUSB0", 8, "usb=SERIAL"},
                                                         {"serial:usb=", 12, "serial number is missing"},
                                                         {"serial:/dev/ttyUSB0?baud=fast", 26, "give a number"},
                                                         {"serial:/dev/ttyUSB0?baud=9600&party=none", 31, "no parameter"},
                                                         {"serial:/dev/ttyUSB0?baud=9600&baud=9600", 31, "stands twice"},
                                                         {"serial:/dev/ttyUSB0?baud", 21, "NAME=VALUE"},
                                                         {"serial:/dev/ttyUSB0?parity=space", 28, "none, even or odd"},
                                                         {"pty:flow", 5, "absolute path"},
                                                         {"pty:/tmp/x?baud=9600", 11, "serial: links only"},
                                                         {"tcp:host", 9, "port is missing"},
                                                         {"tcp::80", 5, "host is missing"},
                                                         {"tcp:host:99999", 10, "1 to 65535"},
                                                         {"tcp:[::1:4000", 6, "bracket"},
                                                         {"tcp:[local]:4000", 6, "IPv6"},
                                                         {"virtual:", 9, "name of the instrument"}}) {
    const auto spec = parse_link_spec(wrong.text);
    ASSERT_FALSE(spec) << wrong.text;
    EXPECT_EQ(spec.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(spec.error().text.find("position " + std::to_string(wrong.position) + ":"), std::string::npos) << spec.error().text;
    EXPECT_NE(spec.error().text.find(wrong.says), std::string::npos) << spec.error().text;
  }
}

TEST(LinkSpec, TextAndSpecSayTheSame) {
  for (const char* text :
       {"serial:usb=A-1?baud=9600&parity=odd&stop=2", "serial:/dev/ttyS0", "pty:/tmp/a", "tcp:[::1]:80", "unix:/a", "virtual:x"}) {
    EXPECT_EQ(to_text(parse_link_spec(text).value()), text);
  }
}

TEST(OpenLink, AVirtualLinkNeedsItsBenchAndAnAbsentPortSaysWhatThereIs) {
  auto executor = exec::Executor::make_wall();
  EXPECT_EQ(open_link("virtual:flow", *executor).error().code, ErrorCode::kUnsupported);
  const auto absent = open_link("serial:usb=NO-SUCH-ADAPTER", *executor);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_NE(absent.error().text.find("port"), std::string::npos) << absent.error().text;
  const auto no_pty = open_link("pty:/tmp/no-such-folder/flow", *executor);
  EXPECT_EQ(no_pty.error().code, ErrorCode::kNotFound);
  EXPECT_NE(no_pty.error().text.find("/tmp/no-such-folder"), std::string::npos) << no_pty.error().text;
}

}  // namespace
}  // namespace pumprig::link
