// The patient's device on a line that loses what is said.
#include "rig/programmer/personal_device.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "rig/clients/testing/client_fixture.h"

namespace pumprig::programmer {
namespace {

using clients::MessageType;
using clients::TherapyState;
using Mishap = clients::testing::ScriptedPump::Mishap;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class PersonalDeviceTest : public clients::testing::ClientTest {
 protected:
  PersonalDeviceTest() {
    const auto opened = run(mine.open());
    EXPECT_TRUE(opened);
    pump.status.doses_left_24h = 4;
    pump.status.therapy_state = TherapyState::kRunning;
    std::filesystem::create_directories(folder);
  }
  ~PersonalDeviceTest() override { std::filesystem::remove_all(folder); }

  Shown press(Duration patience = seconds(30)) {
    const TimePoint pressed = executor->now();
    told_after = Duration::max();
    const auto shown = device.request(patience, [&](const std::string& text) {
      if (told.empty()) told_after = executor->now() - pressed;
      told.push_back(text);
    });
    EXPECT_TRUE(shown) << shown.error().describe();
    return shown.value_or(Shown{});
  }
  std::string remembered() const {
    std::ifstream in(memory);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / ("ptm_" + std::to_string(::getpid()));
  std::filesystem::path memory = folder / "ptm.json";
  clients::PumpSession mine{*wire.rig, PersonalDevice::options()};
  PersonalDevice device{mine, memory};
  std::vector<std::string> told;
  Duration told_after{0};
};

TEST_F(PersonalDeviceTest, AGrantIsToldWithTheNextOneAndThoseLeft) {
  const Shown shown = press();
  EXPECT_EQ(shown.granted, true);
  EXPECT_EQ(shown.outcome, "granted");
  EXPECT_EQ(shown.next_dose_in_s, 3600U);
  EXPECT_EQ(shown.doses_left_24h, 3U);
  EXPECT_EQ(shown.text, "Your dose is being given. The next one is possible in 1 h. 3 doses left in the 24 hours.");
  EXPECT_EQ(remembered(), "{}\n");
  const Shown again = press();
  EXPECT_EQ(again.granted, false);
  EXPECT_EQ(again.outcome, "lockout");
  EXPECT_EQ(pump.boluses, 1U);
}

// REQ-906: within five seconds it is said that nothing is known; the same request is asked about until the pump answers.
TEST_F(PersonalDeviceTest, ALostAnswerIsUnknownWithinFiveSecondsAndSettledWithTheSameNonce) {
  pump.plans.assign(8, {Mishap::kLoseReply});
  const Shown shown = press();
  ASSERT_FALSE(told.empty());
  EXPECT_THAT(told.front(), HasSubstr("unknown"));
  EXPECT_LE(told_after, seconds(5));
  EXPECT_EQ(shown.granted, true);
  EXPECT_EQ(pump.boluses, 1U);
  std::set<std::uint32_t> nonces;
  for (const auto& head : pump.requests) {
    if (head.type == MessageType::kRequestBolus) nonces.insert(head.nonce);
  }
  EXPECT_EQ(nonces.size(), 1U);
}

TEST_F(PersonalDeviceTest, WhatStaysUnknownIsWrittenDownAndSettledByTheNextPress) {
  pump.plans.assign(200, {Mishap::kLoseReply});
  const Shown lost = press(seconds(10));
  EXPECT_EQ(lost.known, Shown::Known::kNo);
  EXPECT_EQ(lost.outcome, "unknown");
  EXPECT_FALSE(lost.next_dose_in_s);  // nobody has said
  EXPECT_THAT(lost.text, HasSubstr("a magnet held over the pump opens it"));
  EXPECT_THAT(remembered(), HasSubstr("PB-0001"));
  pump.plans.clear();
  const auto status = device.status();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->known, Shown::Known::kNo);
  EXPECT_THAT(status->text, HasSubstr("not known yet"));
  told.clear();
  PersonalDevice later(mine, memory);  // as after the device was switched off
  const auto settled = later.request(seconds(10));
  ASSERT_TRUE(settled);
  EXPECT_TRUE(settled->granted.value_or(false) && settled->earlier);
  EXPECT_THAT(settled->text, HasSubstr("The dose that you asked for earlier was given."));
  EXPECT_EQ(pump.boluses, 1U);
  EXPECT_EQ(remembered(), "{}\n");
}

TEST_F(PersonalDeviceTest, ImpatienceFromAnotherThreadEndsItUnknown) {
  pump.plans.assign(200, {Mishap::kLoseReply});
  const auto shown = device.request(seconds(3600), [&](const std::string&) { device.lose_patience(); });
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->outcome, "unknown");
  EXPECT_LT(executor->now(), TimePoint{} + seconds(60));
}

TEST_F(PersonalDeviceTest, DuringABridgeItSaysUntilWhen) {
  pump.status.therapy_state = TherapyState::kBridging;
  pump.status.rate_now_nl_per_day = 500'000;
  pump.status.phase_remaining_nl = 375'000;
  pump.status.local_time_s = 1'772'438'400;
  pump.refuses = [](MessageType type) {
    return type == MessageType::kRequestBolus ? clients::StatusCode::kBridging : clients::StatusCode::kOk;
  };
  const Shown shown = press();
  EXPECT_EQ(shown.outcome, "bridging");
  EXPECT_EQ(shown.bridge_ends_in_s, 64'800U);
  EXPECT_THAT(shown.text, HasSubstr("18 h more, until about 2026-03-03 02:0"));
  EXPECT_EQ(shown.granted, false);
  EXPECT_EQ(shown.next_dose_in_s, 64'800U);
  EXPECT_THAT(shown.text, Not(HasSubstr("next one")));  // a lockout that ends sooner would contradict it
  pump.status.lockout_remaining_s = 600;
  const auto status = device.status();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->bridge_ends_in_s, 64'800U);
  EXPECT_EQ(status->next_dose_in_s, 64'800U);
  EXPECT_EQ(status->granted, std::nullopt);
  EXPECT_THAT(status->text, Not(HasSubstr("next dose")));
}

TEST_F(PersonalDeviceTest, AStatusSaysOfDosesWhatThePumpSays) {
  EXPECT_EQ(device.status()->next_dose_in_s, 0U);
  EXPECT_EQ(device.status()->granted, std::nullopt);
  pump.status.doses_left_24h = 0;
  const auto none = device.status();
  EXPECT_THAT(none->text, HasSubstr("The pump has no dose of your own to give now."));
  EXPECT_EQ(none->next_dose_in_s, std::nullopt);
  pump.status.boluses_last_24h = 4;
  EXPECT_EQ(device.status()->text, none->text);
}

// REQ-906: lockout, count and ceilings, of which the pump tells the longest.
TEST_F(PersonalDeviceTest, TheNextDoseIsTheOneThatAllLimitsAllow) {
  pump.status.next_bolus_in_s = 75'600;
  const Shown shown = press();
  EXPECT_EQ(shown.granted, true);
  EXPECT_EQ(shown.next_dose_in_s, 75'600U);
  EXPECT_THAT(shown.text, HasSubstr("The next one is possible in 21 h."));
  EXPECT_EQ(device.status()->next_dose_in_s, 75'600U);
  pump.status.next_bolus_in_s = clients::protocol::kNoBolusByWaiting;
  EXPECT_EQ(press().next_dose_in_s, std::nullopt);
  EXPECT_EQ(device.status()->next_dose_in_s, std::nullopt);
}

TEST_F(PersonalDeviceTest, AStatusNamesTheTimeInEveryStateThatGrantsAndInNoOther) {
  pump.status.next_bolus_in_s = 0;
  for (const auto state : {TherapyState::kRunning, TherapyState::kBolus, TherapyState::kMinimumRate, TherapyState::kPeriodicBolus}) {
    pump.status.therapy_state = state;
    EXPECT_EQ(device.status()->next_dose_in_s, 0U);
  }
  for (const auto state : {TherapyState::kHalted, TherapyState::kStopped, TherapyState::kPriming, TherapyState::kNotProgrammed}) {
    pump.status.therapy_state = state;
    const auto status = device.status();
    EXPECT_EQ(status->next_dose_in_s, std::nullopt);
    EXPECT_THAT(status->text, Not(HasSubstr("doses left")));
  }
}

TEST_F(PersonalDeviceTest, APatientHearsWhomToCallAndNoWordOfTheClinic) {
  pump.refuses = [](MessageType type) {
    return type == MessageType::kRequestBolus ? clients::StatusCode::kCriticalAlarm : clients::StatusCode::kOk;
  };
  EXPECT_EQ(press().text, "No dose is given: the pump has an alarm and gives no dose now; call your clinic.");
  pump.status.therapy_state = TherapyState::kHalted;
  pump.status.alarm_bits = clients::protocol::bit(clients::Alarm::kOcclusion);
  EXPECT_THAT(device.status()->text, HasSubstr("gives nothing. Call your clinic now."));
  pump.status.therapy_state = TherapyState::kMinimumRate;
  EXPECT_THAT(device.status()->text, Not(HasSubstr("minimum_rate")));
}

TEST_F(PersonalDeviceTest, WhatCanNotBeReadIsUnknownAndNotNothing) {
  for (const char* damaged : {"", "{\"PB-0001\":{\"non", "[]", "{\"PB-0001\":7}"}) {
    std::ofstream(memory) << damaged;
    const Shown shown = press();
    EXPECT_EQ(shown.known, Shown::Known::kNo);
    EXPECT_EQ(shown.granted, std::nullopt);
    EXPECT_THAT(shown.text, HasSubstr("Tell your clinic"));
    EXPECT_THAT(shown.detail, HasSubstr(memory.string()));
    EXPECT_EQ(device.status()->known, Shown::Known::kNo);
    EXPECT_EQ(remembered(), damaged);
  }
  EXPECT_EQ(count(MessageType::kRequestBolus), 0U);
}

TEST_F(PersonalDeviceTest, TwoPressesAtOnceAreOneAfterTheOther) {
  const auto other = RequestMemory::take(memory);
  ASSERT_TRUE(other);
  const Shown shown = press();
  EXPECT_EQ(shown.known, Shown::Known::kOutOfReach);
  EXPECT_THAT(shown.text, HasSubstr("still busy with another request"));
  EXPECT_EQ(count(MessageType::kRequestBolus), 0U);
}

TEST_F(PersonalDeviceTest, ARefusalThatIsNoLockoutNamesNoTimeOfTheNextDose) {
  pump.refuses = [](MessageType type) {
    return type == MessageType::kRequestBolus ? clients::StatusCode::kBolusDisabled : clients::StatusCode::kOk;
  };
  const Shown shown = press();
  EXPECT_EQ(shown.outcome, "bolus_disabled");
  EXPECT_EQ(shown.granted, false);
  EXPECT_EQ(shown.next_dose_in_s, std::nullopt);
}

TEST_F(PersonalDeviceTest, SilenceForNoTimeIsRefusedBeforeThePumpIsAsked) {
  EXPECT_FALSE(device.mute("0 s"));
  EXPECT_EQ(count(MessageType::kSilenceAlarm), 0U);
  EXPECT_EQ(device.mute("1 min")->granted, std::nullopt);
}

// What was asked of one pump, another one is never asked about: it would take the request for a new one.
class AnotherLifeTest : public PersonalDeviceTest {
 protected:
  AnotherLifeTest() {
    pump.identity.boot_count = 3;
    pump.status.steps_total = 5'000;
    pump.status.log_newest_seq = 12;
    pump.status.program_revision = 2;
    EXPECT_TRUE(run(mine.open()));
  }
  void lose_one() {
    pump.plans.assign(200, {Mishap::kLoseRequest});
    EXPECT_EQ(press(seconds(3)).outcome, "unknown");
    pump.plans.clear();
    before = remembered();
    asked = count(MessageType::kRequestBolus);
  }
  void expect_unknown_and_kept() {
    const Shown shown = press();
    EXPECT_EQ(shown.known, Shown::Known::kNo);
    EXPECT_EQ(shown.outcome, "unknown");
    EXPECT_EQ(shown.granted, std::nullopt);
    EXPECT_THAT(shown.text, HasSubstr("this is another pump, or it has lost its memory"));
    EXPECT_THAT(shown.detail, HasSubstr(memory.string()));
    EXPECT_THAT(device.status()->text, HasSubstr("this is another pump, or it has lost its memory"));
    EXPECT_EQ(count(MessageType::kRequestBolus), asked);
    EXPECT_EQ(pump.boluses, 0U);
    EXPECT_EQ(remembered(), before);
  }

  std::string before;
  std::size_t asked = 0;
};

TEST_F(AnotherLifeTest, ThePumpThatWasAskedIsKnownAgainAfterAReset) {
  lose_one();
  pump.restart();
  pump.status.steps_total += 10;
  const Shown shown = press();
  EXPECT_TRUE(shown.earlier);
  EXPECT_EQ(shown.granted, true);
  EXPECT_EQ(remembered(), "{}\n");
}

TEST_F(AnotherLifeTest, APumpThatWasBegunAnewSettlesNothing) {
  lose_one();
  pump.clock_offset_s = 0;
  expect_unknown_and_kept();
}

TEST_F(AnotherLifeTest, WhatOnlyGrowsHasBecomeLess) {
  lose_one();
  pump.status.log_newest_seq = 11;
  expect_unknown_and_kept();
  pump.status.log_newest_seq = 12;
  pump.status.steps_total = 4'999;
  expect_unknown_and_kept();
  pump.status.steps_total = 5'000;
  pump.status.program_revision = 0;
  expect_unknown_and_kept();
  pump.status.program_revision = 2;
  pump.identity.boot_count = 0;
  expect_unknown_and_kept();
}

// A pump that was begun anew after the request, and has grown beyond it since: its clock has gone on for less time than has passed.
TEST_F(AnotherLifeTest, TheTimeSinceTheRequestIsMissingInItsClock) {
  lose_one();
  const std::string text = remembered();
  const std::size_t at = text.find("\"at_utc_s\":") + 11;
  const double then = std::stod(text.substr(at));
  std::ofstream(memory) << text.substr(0, at) << std::to_string(then - 900) << text.substr(text.find(',', at));
  before = remembered();
  expect_unknown_and_kept();
}

// Half as fast all the time, as of a twin at half speed.
TEST_F(AnotherLifeTest, APumpWhoseClockGoesSlowIsKnownAgain) {
  pump.clock_rate = 0.5;
  lose_one();
  const std::string text = remembered();
  const std::size_t at = text.find("\"at_utc_s\":") + 11;
  const double then = std::stod(text.substr(at));
  std::ofstream(memory) << text.substr(0, at) << std::to_string(then - 100) << text.substr(text.find(',', at));
  pump.clock_offset_s += 50;
  const Shown shown = press();
  EXPECT_TRUE(shown.earlier);
  EXPECT_EQ(shown.granted, true);
}

TEST_F(AnotherLifeTest, APumpExchangedWhileItIsAskedIsNotAskedOn) {
  pump.plans.assign(4, {Mishap::kLoseRequest});
  const auto shown = device.request(seconds(30), [&](const std::string&) { pump.status.log_newest_seq = 1; });
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->outcome, "unknown");
  EXPECT_THAT(shown->text, HasSubstr("another pump"));
  EXPECT_EQ(pump.boluses, 0U);
  EXPECT_THAT(remembered(), HasSubstr("PB-0001"));
}

// Boards without a serial number of their own, as those of rig twin, are told apart by their links.
TEST_F(AnotherLifeTest, BoardsWithoutASerialNumberAreToldApartByTheirLinks) {
  pump.identity.board_serial = "0";
  EXPECT_TRUE(run(mine.open()));
  lose_one();
  const std::string key = "\"0 at " + mine.link().describe() + "\"";
  EXPECT_THAT(remembered(), HasSubstr(key));
  const std::string text = remembered();
  std::ofstream(memory) << std::string(text).replace(text.find(key), key.size(), "\"0 at pty:/elsewhere/pump\"");
  const Shown shown = press();
  EXPECT_EQ(shown.granted, true);
  EXPECT_FALSE(shown.earlier);
  EXPECT_THAT(remembered(), HasSubstr("elsewhere"));
}

TEST_F(PersonalDeviceTest, AMemoryThatCanNotBeWrittenAsksNothing) {
  PersonalDevice nowhere(mine, "/proc/no/such/folder/ptm.json");
  const auto shown = nowhere.request(seconds(1));
  ASSERT_FALSE(shown);
  EXPECT_THAT(shown.error().describe(), HasSubstr("/proc/no/such/folder/ptm.json"));
  EXPECT_EQ(count(MessageType::kRequestBolus), 0U);
}

TEST(PersonalDevice, APumpThatIsNotThereIsOutOfReachAndNothingIsWrittenDown) {
  const auto memory = std::filesystem::path(::testing::TempDir()) / "ptm_out_of_reach.json";
  PersonalDevice device("tcp:127.0.0.1:1", "", memory);
  const auto shown = device.request(seconds(1));
  ASSERT_TRUE(shown) << shown.error().describe();
  EXPECT_EQ(shown->known, Shown::Known::kOutOfReach);
  EXPECT_THAT(shown->text, HasSubstr("nothing was asked"));
  EXPECT_THAT(shown->text, HasSubstr("a magnet held over the pump opens it"));
  EXPECT_FALSE(std::filesystem::exists(memory));
  EXPECT_FALSE(PersonalDevice("no such link", "", memory).request(seconds(1)));  // a mistake of whoever holds it
  EXPECT_FALSE(PersonalDevice("tcp:127.0.0.1:1", "/no/such/keys", memory).request(seconds(1)));
}

TEST(PersonalDevice, APumpThatIsNowhereIsOutOfReachAndWhatWaitsIsSaid) {
  const auto memory = std::filesystem::path(::testing::TempDir()) / ("ptm_nowhere_" + std::to_string(::getpid()) + ".json");
  const std::string link = "pty:/no/such/folder/pump";
  std::ofstream(memory) << R"({"0 at )" << link << R"(":{"nonce":7,"link":")" << link << R"("}})";
  PersonalDevice device(link, "", memory);
  const auto request = device.request(seconds(1));
  const auto status = device.status();
  const auto mute = device.mute("1 min");
  std::filesystem::remove(memory);
  for (const auto* shown : {&request, &status, &mute}) {
    ASSERT_TRUE(*shown) << shown->error().describe();
    EXPECT_EQ((*shown)->known, Shown::Known::kOutOfReach);
    EXPECT_THAT((*shown)->text, HasSubstr("not known yet"));
  }
  EXPECT_EQ(request->granted, false);
  EXPECT_EQ(status->granted, std::nullopt);
}

}  // namespace
}  // namespace pumprig::programmer
