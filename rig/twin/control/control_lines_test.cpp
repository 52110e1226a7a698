#include "rig/twin/control/control_lines.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rig/twin/faults/catalogue.h"

namespace pumprig::twin {
namespace {

TEST(ControlLines, ARequestThatIsWrittenDownIsUnderstoodAgain) {
  const ControlRequest inject{"inject", "leak", {{"resistance", "1e14 Pa.s/m3"}, {"pressure", "1 kPa gauge"}}, {}, {}};
  const auto again = parse_control_request(format_control_request(inject));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->name, "leak");
  EXPECT_EQ(again->parameters, inject.parameters);

  const ControlRequest truth{"truth", "metered_ul", {}, {}, {}};
  EXPECT_EQ(parse_control_request(format_control_request(truth))->name, "metered_ul");
  ControlRequest drug{"drug", "morphine", {}, {}, {}};
  drug.concentration = "20 mg/mL";
  drug.everywhere = true;
  const auto filled = parse_control_request(format_control_request(drug));
  ASSERT_TRUE(filled);
  EXPECT_EQ(filled->name, "morphine");
  EXPECT_EQ(filled->concentration, "20 mg/mL");
  EXPECT_TRUE(filled->everywhere);
  const ControlRequest speed{"speed", "", {}, 12.5, {}};
  EXPECT_EQ(parse_control_request(format_control_request(speed))->number, 12.5);
}

TEST(ControlLines, WhatIsNoRequestIsRefusedWithTheReason) {
  struct Case {
    const char* line;
    const char* part;
  };
  for (const Case& c : {Case{"", "one JSON object"}, Case{"[1]", "one JSON object"}, Case{"{\"do\":\"inject\"", "one JSON object"},
                        Case{R"({"do":"dance"})", "inject, clear"}, Case{R"({"do":"inject"})", "\"fault\""},
                        Case{R"({"do":"inject","fault":"leak","with":{"pressure":3}})", "\"pressure\""},
                        Case{R"({"do":"inject","fault":"leak","with":[]})", "\"with\""}, Case{R"({"do":"truth"})", "\"name\""},
                        Case{R"({"do":"speed","to":"fast"})", "\"to\""}, Case{R"({"do":"reservoir"})", "\"volume\""},
                        Case{R"({"do":"drug"})", "\"name\""}, Case{R"({"do":"drug","name":"x"})", "\"concentration\""},
                        Case{R"({"do":"drug","name":"x","concentration":"1 mg/mL","everywhere":1})", "\"everywhere\""}}) {
    const auto request = parse_control_request(c.line);
    ASSERT_FALSE(request) << c.line;
    EXPECT_EQ(request.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(request.error().text.find(c.part), std::string::npos) << c.line << ": " << request.error().text;
  }
  EXPECT_FALSE(parse_control_request(std::string(100, '[')));
  EXPECT_FALSE(parse_control_request(std::string(kLongestControlLine + 1, ' ')));
}

TEST(ControlLines, ARefusalKeepsItsCodeAndWords) {
  const auto reply = parse_control_reply(format_refusal({ErrorCode::kRefused, "the fault \"leak\" is not there", {}, nullptr}));
  ASSERT_TRUE(reply && reply->error);
  EXPECT_EQ(reply->error->code, ErrorCode::kRefused);
  EXPECT_EQ(reply->error->text, "the fault \"leak\" is not there");
  EXPECT_FALSE(parse_control_reply("{\"value\":1}"));
  EXPECT_EQ(parse_control_reply(format_value(0.1))->value, 0.1);
}

TEST(ControlLines, TheCatalogueNamesEveryFaultWithItsParameters) {
  const auto listed = nlohmann::json::parse(format_fault_catalogue()).at("faults");
  ASSERT_EQ(listed.size(), fault_catalogue().size());
  for (std::size_t i = 0; i < listed.size(); ++i) {
    EXPECT_EQ(listed[i].at("name"), fault_catalogue()[i]->name);
    EXPECT_EQ(listed[i].at("parameters").size(), fault_catalogue()[i]->parameters.size());
  }
}

}  // namespace
}  // namespace pumprig::twin
