#include "rig/twin/motor_driver/tmc2209.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace pumprig::twin {
namespace {

Bytes hex(const std::string& text) {
  return *from_hex(text);
}

std::string ask(Tmc2209& chip, const std::string& request) {
  Bytes reply;
  chip.receive(hex(request), reply);
  return to_hex(reply);
}

TEST(Tmc2209, PublishedDatagramsHaveItsChecksum) {
  std::ifstream file(PUMPRIG_SOURCE_DIR "/rig/twin/motor_driver/vectors.json");
  const auto vectors = nlohmann::json::parse(file);
  ASSERT_GE(vectors.at("frames").size(), 28U);
  for (const auto& vector : vectors.at("frames")) {
    const Bytes frame = hex(vector.at("frame").get<std::string>());
    EXPECT_EQ(Tmc2209::crc(ByteView(frame).first(frame.size() - 1)), frame.back()) << vector;
  }
}

TEST(Tmc2209, AfterPowerOnItSaysSoAndReadsAsTheDatasheetStates) {
  Tmc2209 chip;
  EXPECT_EQ(ask(chip, "05 00 02 8F"), "05 FF 02 00 00 00 00 4C");
  EXPECT_EQ(ask(chip, "05 00 00 48"), "05 FF 00 00 00 01 01 BB");
  EXPECT_EQ(ask(chip, "05 00 01 C1"), "05 FF 01 00 00 00 01 9A");
  EXPECT_EQ(ask(chip, "05 00 6C CA"), "05 FF 6C 10 00 00 53 51");
  EXPECT_EQ(ask(chip, "05 00 6F 84"), "05 FF 6F C0 1F 00 00 C1");
}

TEST(Tmc2209, AWriteIsCountedAndReadBackAndAWrongOneIsIgnored) {
  Tmc2209 chip;
  EXPECT_EQ(ask(chip, "05 00 80 00 00 01 C0 F6"), "");
  EXPECT_EQ(ask(chip, "05 00 02 8F"), "05 FF 02 00 00 00 01 C5");
  EXPECT_EQ(chip.reg(Tmc2209::kGconf), 0x1C0U);
  EXPECT_EQ(ask(chip, "05 00 80 00 00 01 C1 F6"), "");  // checksum of other data
  EXPECT_EQ(ask(chip, "05 01 00 FE"), "");              // another node
  EXPECT_EQ(chip.reg(Tmc2209::kIfcnt), 1U);
  EXPECT_EQ(chip.reg(Tmc2209::kGconf), 0x1C0U);
}

TEST(Tmc2209, SeveralDatagramsInOneTransmissionAreAllTaken) {
  Tmc2209 chip;
  EXPECT_EQ(ask(chip, "05 00 90 00 08 1F 10 76 05 00 02 8F"), "05 FF 02 00 00 00 01 C5");
}

TEST(Tmc2209, TheResetFlagIsClearedByWritingOne) {
  Tmc2209 chip;
  Bytes clear = hex("05 00 81 00 00 00 01");
  clear.push_back(Tmc2209::crc(clear));
  Bytes reply;
  chip.receive(clear, reply);
  EXPECT_EQ(chip.reg(Tmc2209::kGstat), 0U);
}

TEST(Tmc2209, ItStepsOnlyWhenEnabledChoppingInFullStepsAndHealthy) {
  Tmc2209 chip;
  EXPECT_FALSE(chip.step(true));  // 256 microsteps a step after reset
  Bytes full = hex("05 00 EC 18 00 00 53");
  full.push_back(Tmc2209::crc(full));
  Bytes reply;
  chip.receive(full, reply);
  EXPECT_TRUE(chip.step(true));
  EXPECT_FALSE(chip.step(false));
  chip.set_status_faults(1U << 2);  // short to ground, phase A
  EXPECT_FALSE(chip.step(true));
}

}  // namespace
}  // namespace pumprig::twin
