// Every kind of the catalogue against its own virtual side, in virtual time, over a line that misbehaves. A new folder gets this for free.
#include <gtest/gtest.h>

#include "rig/instruments/catalogue.h"
#include "rig/instruments/support/contract_rig.h"

namespace pumprig::instruments {
namespace {

using namespace std::chrono_literals;

std::vector<ContractCase> cases() {
  std::vector<ContractCase> all;
  for (const Descriptor* descriptor : catalogue()) {
    if (descriptor->make_virtual == nullptr) continue;  // its far end is the twin's board; its own folder tests it
    for (ContractCase& one : contract_cases(*descriptor)) all.push_back(std::move(one));
  }
  return all;
}

class Contract : public testing::TestWithParam<ContractCase> {};

INSTANTIATE_TEST_SUITE_P(Catalogue, Contract, testing::ValuesIn(cases()), [](const auto& param) { return param.param.name; });

TEST_P(Contract, OpensIdentifiesAndOffersTheChannelsItAnnounced) {
  ContractRig rig(GetParam());
  const Identity identity = rig.open();
  EXPECT_FALSE(identity.maker.empty());
  EXPECT_FALSE(identity.model.empty());
  EXPECT_FALSE(identity.serial.empty());
  const auto announced = GetParam().descriptor->channels_for(rig.settings());
  const auto offered = rig.driver().channels();
  ASSERT_EQ(offered.size(), announced.size());
  for (std::size_t i = 0; i < offered.size(); ++i) {
    EXPECT_EQ(offered[i].name, "dut." + announced[i].name);
    EXPECT_EQ(offered[i].unit, announced[i].unit);
    EXPECT_EQ(offered[i].uncertainty, announced[i].uncertainty);
    EXPECT_EQ(offered[i].instrument, "dut");
    EXPECT_FALSE(offered[i].source.empty());
    EXPECT_TRUE(std::any_of(GetParam().descriptor->channels.begin(), GetParam().descriptor->channels.end(),
                            [&](const ChannelInfo& info) { return info.name == announced[i].name && info.unit == announced[i].unit; }));
  }
}

TEST_P(Contract, SamplesAreStampedWithinTheirRequest) {
  ContractRig rig(GetParam());
  rig.open();
  rig.run_for(20s, 1s);
  ASSERT_FALSE(rig.errors().size()) << rig.errors().front().describe();
  ASSERT_FALSE(rig.samples().empty());
  for (const auto& [channel, sample] : rig.samples()) {
    EXPECT_TRUE(sample.valid());
    EXPECT_FALSE(sample.gap_before());
    EXPECT_LE(sample.requested, sample.t);
    EXPECT_LE(sample.t, sample.replied);
    EXPECT_LE(sample.replied, rig.now());
  }
}

TEST_P(Contract, ValuesAreTrueWithinTheStatedUncertainty) {
  ContractRig rig(GetParam());
  rig.open();
  rig.run_for(20s, 1s);
  rig.expect_true_values();
}

TEST_P(Contract, EveryReplyCutOnceStillGivesOnlyTrueSamples) {
  ContractRig rig(GetParam(), {.kind = LineFault::Kind::kCut, .every = 3});
  rig.open_or_fail_cleanly();
  rig.run_for(30s, 1s);
  EXPECT_GT(rig.faults_done(), 3U);
  rig.expect_true_values();
}

TEST_P(Contract, EveryReplyDamagedOnceStillGivesOnlyTrueSamples) {
  ContractRig rig(GetParam(), {.kind = LineFault::Kind::kFlipBit, .every = 3});
  rig.open_or_fail_cleanly();
  rig.run_for(30s, 1s);
  EXPECT_GT(rig.faults_done(), 3U);
  rig.expect_true_values();
}

TEST_P(Contract, ALateReplyIsNeverTakenForALaterOne) {
  ContractRig rig(GetParam(), {.kind = LineFault::Kind::kDelay, .every = 4, .delay = 350ms});
  rig.open_or_fail_cleanly();
  rig.run_for(30s, 1s);
  EXPECT_GT(rig.faults_done(), 3U);
  rig.expect_true_values();
  // What comes unasked may come late: its instant is the device's own.
  if (!GetParam().asked) return;
  for (const auto& [channel, sample] : rig.samples()) EXPECT_LE(sample.replied - sample.requested, 300ms);
}

TEST_P(Contract, SilenceIsAnErrorAndGivesNoSample) {
  ContractRig rig(GetParam());
  rig.open();
  rig.run_for(5s, 1s);
  const std::size_t before = rig.samples().size();
  rig.silence(true);
  rig.run_for(10s, 1s);
  if (GetParam().asked) {
    EXPECT_EQ(rig.samples().size(), before);
    ASSERT_FALSE(rig.errors().empty());
    EXPECT_EQ(rig.errors().front().code, ErrorCode::kTimeout);
  }
  rig.silence(false);
  rig.samples().clear();
  rig.run_for(10s, 1s);
  ASSERT_FALSE(rig.samples().empty());
  EXPECT_TRUE(!GetParam().asked || rig.samples().front().second.gap_before());
  rig.expect_true_values();
}

TEST_P(Contract, UnpluggedIsUnavailableAndPluggedInAgainItGoesOn) {
  ContractRig rig(GetParam());
  rig.open();
  rig.run_for(5s, 1s);
  rig.unplug();
  const std::size_t before = rig.samples().size();
  rig.run_for(10s, 1s);
  EXPECT_EQ(rig.samples().size(), before);
  ASSERT_FALSE(rig.errors().empty());
  EXPECT_EQ(rig.errors().front().code, ErrorCode::kUnavailable);
  rig.plug_in();
  rig.samples().clear();
  rig.run_for(20s, 1s);
  ASSERT_FALSE(rig.samples().empty());
  EXPECT_TRUE(rig.samples().front().second.gap_before());
  EXPECT_TRUE(rig.had_event("reconnected"));
  rig.expect_true_values();
}

TEST_P(Contract, AnotherDeviceOnTheLineIsRefused) {
  ContractRig rig(GetParam());
  for (const Descriptor* other : catalogue()) {
    if (other == GetParam().descriptor || other->make_virtual == nullptr) continue;
    ContractRig wrong(GetParam(), {}, contract_cases(*other).front());
    const auto opened = wrong.try_open();
    ASSERT_FALSE(opened) << other->kind;
    EXPECT_NE(opened.error().code, ErrorCode::kInternal);
    EXPECT_FALSE(opened.error().text.empty());
  }
}

TEST_P(Contract, TheSameSeedGivesTheSameSamples) {
  ContractRig first(GetParam());
  ContractRig second(GetParam());
  for (ContractRig* rig : {&first, &second}) {
    rig->open();
    rig->run_for(10s, 1s);
  }
  ASSERT_EQ(first.samples().size(), second.samples().size());
  for (std::size_t i = 0; i < first.samples().size(); ++i) {
    EXPECT_EQ(first.samples()[i].second.value, second.samples()[i].second.value);
    EXPECT_EQ(first.samples()[i].second.t, second.samples()[i].second.t);
  }
}

TEST(ContractSettings, EverySettingHasHelpAndItsDefaultPassesItsOwnCheck) {
  for (const Descriptor* descriptor : catalogue()) {
    for (const Setting& setting : descriptor->settings) {
      EXPECT_FALSE(setting.help.empty()) << descriptor->kind << "." << setting.name;
      if (!setting.fallback || setting.min >= setting.max) continue;
      double value = 0;
      if (setting.type == Setting::Type::kInteger) value = static_cast<double>(std::get<std::int64_t>(*setting.fallback));
      if (setting.type == Setting::Type::kQuantity) value = std::get<double>(*setting.fallback);
      if (setting.type != Setting::Type::kInteger && setting.type != Setting::Type::kQuantity) continue;
      EXPECT_GE(value, setting.min) << descriptor->kind << "." << setting.name;
      EXPECT_LE(value, setting.max) << descriptor->kind << "." << setting.name;
    }
  }
}

TEST(ContractSettings, OutOfRangeAndOfTheWrongTypeIsRefusedByName) {
  for (const Descriptor* descriptor : catalogue()) {
    for (const Setting& setting : descriptor->settings) {
      SettingValue wrong = true;
      if (setting.type == Setting::Type::kBoolean) wrong = std::string("yes");
      if (setting.type == Setting::Type::kInteger) wrong = static_cast<std::int64_t>(setting.max) + 1;
      std::vector<SettingMistake> mistakes;
      check_settings(*descriptor, {{std::string(setting.name), wrong}}, mistakes);
      EXPECT_TRUE(std::any_of(mistakes.begin(), mistakes.end(), [&](const SettingMistake& m) { return m.setting == setting.name; }))
          << descriptor->kind << "." << setting.name;
    }
  }
}

}  // namespace
}  // namespace pumprig::instruments
