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

std::uint32_t asked(Tmc2209& chip, std::uint8_t address) {
  Bytes ask{0x05, 0x00, address};
  ask.push_back(Tmc2209::crc(ask));
  Bytes reply;
  chip.receive(ask, reply);
  return get_be32(reply, 3);
}

void write(Tmc2209& chip, std::uint8_t address, std::uint32_t value) {
  Bytes bytes{0x05, 0x00, static_cast<std::uint8_t>(address | 0x80)};
  put_be32(bytes, value);
  bytes.push_back(Tmc2209::crc(bytes));
  Bytes reply;
  chip.receive(bytes, reply);
}

// The datasheet: s2ga and s2gb (bits 2, 3) stand until the driver is disabled by ENN or TOFF, drv_err in GSTAT until a one is written to
// it.
TEST(Tmc2209, AShortSwitchesTheOutputsOffUntilTheyAreEnabledAnew) {
  for (const int coil : {1, 2}) {
    const std::uint32_t shown = coil == 1 ? 0x4 : 0x8;
    Tmc2209 chip;
    write(chip, Tmc2209::kChopconf, 0x08000053);
    write(chip, Tmc2209::kGstat, 7);
    EXPECT_TRUE(chip.step(true));
    chip.set_coil_short(coil);
    EXPECT_FALSE(chip.step(true));
    EXPECT_EQ(asked(chip, Tmc2209::kDrvStatus) & 0xFFF, shown);
    EXPECT_EQ(asked(chip, Tmc2209::kGstat), 2U);
    write(chip, Tmc2209::kGstat, 2);
    EXPECT_EQ(asked(chip, Tmc2209::kGstat), 2U) << "as long as the outputs are off";
    chip.set_coil_short(0);
    EXPECT_FALSE(chip.step(true)) << "it has not been enabled anew";
    if (coil == 1) {
      chip.enable(false);
    } else {
      write(chip, Tmc2209::kChopconf, 0x08000050);  // TOFF 0
      write(chip, Tmc2209::kChopconf, 0x08000053);
    }
    EXPECT_EQ(asked(chip, Tmc2209::kDrvStatus) & 0xFFF, 0U);
    EXPECT_EQ(asked(chip, Tmc2209::kGstat), 2U) << "so that whoever asks later learns of it";
    write(chip, Tmc2209::kGstat, 2);
    EXPECT_EQ(asked(chip, Tmc2209::kGstat), 0U);
    EXPECT_TRUE(chip.step(true));
  }
}

TEST(Tmc2209, AnOpenCoilShowsOnceItHasStepped) {
  for (const int coil : {1, 2}) {
    Tmc2209 chip;
    write(chip, Tmc2209::kChopconf, 0x08000053);
    chip.set_coil_open(coil);
    EXPECT_EQ(asked(chip, Tmc2209::kDrvStatus) & 0xFFF, 0U);
    EXPECT_TRUE(chip.step(true)) << "the chip steps on";
    EXPECT_TRUE(chip.coil_open());
    EXPECT_EQ(asked(chip, Tmc2209::kDrvStatus) & 0xFFF, coil == 1 ? 0x40U : 0x80U);
    chip.set_coil_open(0);
    EXPECT_EQ(asked(chip, Tmc2209::kDrvStatus) & 0xFFF, 0U);
  }
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
