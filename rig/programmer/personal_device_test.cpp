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
  EXPECT_TRUE(shown.granted);
  EXPECT_EQ(shown.outcome, "granted");
  EXPECT_EQ(shown.next_dose_in_s, 3600U);
  EXPECT_EQ(shown.doses_left_24h, 3U);
  EXPECT_EQ(shown.text, "Your dose is being given. The next one is possible in 1 h. 3 doses left in the 24 hours.");
  EXPECT_EQ(remembered(), "{}\n");
  const Shown again = press();
  EXPECT_FALSE(again.granted);
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
  EXPECT_TRUE(shown.granted);
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
  EXPECT_TRUE(settled->granted && settled->earlier);
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
  const auto status = device.status();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->bridge_ends_in_s, 64'800U);
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
}

}  // namespace
}  // namespace pumprig::programmer
