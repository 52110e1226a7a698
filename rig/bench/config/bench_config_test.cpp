#include "rig/bench/config/bench_config.h"

#include <gtest/gtest.h>

namespace pumprig::bench {
namespace {

TEST(BenchConfig, TheBundledBenchesAreGood) {
  for (const auto* name : {"virtual", "virtual-arm", "virtual-arm-wire"}) {
    const auto config = load_bench(name);
    ASSERT_TRUE(config) << config.error().describe();
    EXPECT_EQ(to_text(config->kind), name);
    for (const auto* instrument : {"flow", "flow_high", "pressure", "witness", "pump"})
      EXPECT_NE(config->find(instrument), nullptr) << instrument;
    EXPECT_DOUBLE_EQ(config->wet_path.restrictor_pa_s_per_m3, 1e14);
    EXPECT_EQ(config->safe_state, SafeState::kTherapyStopped);
    EXPECT_EQ(config->sha256.size(), 64U);
  }
}

TEST(BenchConfig, AMissingFileSaysWhatMayStandThere) {
  const auto config = load_bench("/nowhere/bench.json");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, ErrorCode::kNotFound);
  EXPECT_NE(config.error().text.find("virtual-arm"), std::string::npos);
}

TEST(BenchConfig, AllMistakesComeAtOnceWithLineAndPointer) {
  const auto config = parse_bench(R"({
  "schema": 1,
  "name": "desk",
  "kind": "real",
  "kind": "virtual",
  "instruments": {
    "flow": {"kind": "sensirion", "link": "serial:usb=A"},
    "pressure": {"kind": "keller", "settings": {"address": 300}},
    "pump": {"kind": "pump_board", "link": "serial:usb=B"}
  },
  "wet_path": {"restrictor": "1e14"},
  "safe_stat": "therapy_stopped"
})",
                                  "desk.json");
  ASSERT_FALSE(config);
  const std::string text = config.error().describe();
  for (const auto* part : {"desk.json:5", "/kind", "sensirion_shdlc", "/instruments/pressure/settings/address", "the link is missing",
                           "/wet_path/restrictor", "safe_state"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

TEST(BenchConfig, AModelIsNoInstrumentOfARealBench) {
  const auto bench = [](const std::string& kind) {
    return parse_bench(R"({"schema": 1, "name": "desk", "kind": ")" + kind + R"(", "instruments": {
  "pump": {"kind": "pump_board", "link": "serial:usb=P"}, "patient": {"kind": "patient", "link": "serial:usb=Q"}}})",
                       "desk.json");
  };
  const auto real = bench("real");
  ASSERT_FALSE(real);
  EXPECT_NE(real.error().describe().find("a model and no device"), std::string::npos) << real.error().describe();
  EXPECT_TRUE(bench("virtual"));
  EXPECT_TRUE(bench("twin-on-ports"));
}

// Of a bench on real links whose witness is as told.
Result<BenchConfig> with_witness(const std::string& link, const std::string& settings) {
  return parse_bench(R"({"schema": 1, "name": "desk", "kind": "real", "instruments": {
  "pump": {"kind": "pump_board", "link": "serial:usb=P"},
  "witness": {"kind": "witness", "link": ")" +
                         link + R"(", "settings": {)" + settings + "}}}}",
                     "desk.json");
}

TEST(BenchConfig, TheLineIsSetAsTheLinkSaysElseAsTheSettingsSay) {
  const auto by_link = with_witness("serial:usb=W?baud=460800&flow=rtscts", "");
  ASSERT_TRUE(by_link) << by_link.error().describe();
  EXPECT_EQ(by_link->find("witness")->line.baud, 460800);
  EXPECT_EQ(by_link->find("witness")->line.flow, link::FlowControl::kRtsCts);
  EXPECT_EQ(by_link->find("witness")->settings.integer("baud"), 460800) << "the driver reckons with another speed than the line has";
  const auto by_settings = with_witness("serial:usb=W", R"("baud": 57600)");
  ASSERT_TRUE(by_settings) << by_settings.error().describe();
  EXPECT_EQ(by_settings->find("witness")->line.baud, 57600);
  EXPECT_EQ(by_settings->find("pump")->line.baud, 115200);
}

TEST(BenchConfig, AWrongLinkAndTwoSpeedsAreMistakesOfTheFile) {
  for (const auto& [link, settings, part] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"serial:usb=W?baud=9600", R"("baud": 57600)", "the link says 9600 baud, the settings say 57600"},
           {"serial:usb=W?flow=xonxoff", "", "desk.json:3"},
           {"pty:tw/flow", "", "give an absolute path"}}) {
    const auto config = with_witness(link, settings);
    ASSERT_FALSE(config) << link;
    EXPECT_NE(config.error().describe().find(part), std::string::npos) << config.error().describe();
    EXPECT_NE(config.error().describe().find("/instruments/witness/link"), std::string::npos) << config.error().describe();
  }
}

TEST(BenchConfig, ABenchHasOnePump) {
  const auto config =
      parse_bench(R"({"schema": 1, "name": "x", "kind": "virtual", "instruments": {"witness": {"kind": "witness"}}})", "x.json");
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().describe().find("pump_board"), std::string::npos);
}

}  // namespace
}  // namespace pumprig::bench
