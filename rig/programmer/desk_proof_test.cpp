// What the desk proves and prints: how the pump is, and what is not known of it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "rig/programmer/answers.h"
#include "rig/programmer/desk_testing.h"

namespace pumprig::programmer {
namespace {

using clients::MessageType;
using clients::TherapyState;
using Mishap = clients::testing::ScriptedPump::Mishap;
using ::testing::HasSubstr;

class DeskProves : public DeskTest {};

TEST_F(DeskProves, AStopThatIsNotAnsweredSaysThatTherapyMayStillRun) {
  pump.plans.assign(100, {Mishap::kLoseRequest});
  const auto stopped = desk.stop();
  ASSERT_FALSE(stopped);
  EXPECT_THAT(stopped.error().text, HasSubstr("MAY STILL RUN"));
}

TEST_F(DeskProves, AlarmsThatCanBeClearedAreAndTheOthersAreNamed) {
  using clients::protocol::bit;
  pump.status.alarm_bits = bit(clients::Alarm::kReservoirLow) | bit(clients::Alarm::kOcclusion);
  pump.causes_that_stand = bit(clients::Alarm::kOcclusion);
  const auto done = desk.clear_alarms();
  ASSERT_TRUE(done) << done.error().describe();
  EXPECT_TRUE(done->refused);
  EXPECT_EQ(done->reason, "alarm_cause_stands");
  EXPECT_THAT(done->text, AllOf(HasSubstr("Cleared, but for"), HasSubstr("occlusion"), Not(HasSubstr("reservoir"))));
  EXPECT_EQ(pump.status.alarm_bits, pump.causes_that_stand);
}

TEST_F(DeskProves, AStoppedPumpShowsTheProgramThatStartWouldRun) {
  words.bolus_dose = "0.25 mg";
  words.bolus_duration = "10 min";
  words.bolus_lockout = "3 h";
  words.boluses_per_day = 4;
  ASSERT_TRUE(desk.prescribe(words, given(1)));
  ASSERT_TRUE(desk.look());
  const std::string page = desk.state_page();
  for (const char* line :
       {"Base now    0 milliliters per day; start gives 0.25 milliliters per day, 5 milligrams per day of morphine sulfate at 20 "
        "milligrams per milliliter\n",
        "\nProgram     1: one rate, 0.25 milliliters per day, 5 milligrams per day of morphine sulfate",
        "\nPatient     250 micrograms, 12.5 microliters within 10 min, then locked until 3 h after its start, at most 4 in 24 hours",
        "\nCeilings    at most ", "\nPath        pump tube 199 microliters, catheter 176 microliters",
        "\nOcclusion   alarm at 70 kilopascals, within 1 h 29 min of a closure",
        "\nLow alarm   at 2 milliliters left; alarms sound every 10 min when critical, else every 60 min"}) {
    EXPECT_THAT(page, HasSubstr(line));
  }
  const auto told = status_answer(desk);
  const auto& program = told.find("program")->value;
  EXPECT_EQ(program.find("mode")->value.text, "continuous");
  EXPECT_EQ(program.find("patient_bolus")->value.find("lockout_s")->value.text, "10800");
  EXPECT_EQ(program.find("periodic_bolus")->value.kind, json::Node::Kind::kNull);
  pump.status.therapy_state = TherapyState::kPriming;
  pump.status.rate_now_nl_per_day = 24'000'000;
  ASSERT_TRUE(desk.look());
  EXPECT_THAT(desk.state_page(), HasSubstr("\nPriming now 24 milliliters per day into the path, and no base beside it\n"));
  EXPECT_THAT(desk.state_page(), Not(HasSubstr("480 milligrams")));
}

TEST_F(DeskProves, AnEndWithTherapyRunningIsProvedByTheReadBack) {
  ASSERT_TRUE(desk.prescribe(words, given(1)));
  const auto before = desk.prove();
  EXPECT_FALSE(before.running);
  EXPECT_THAT(before.banner, HasSubstr("THERAPY IS NOT RUNNING"));
  ASSERT_TRUE(desk.start());
  const auto proof = desk.prove();
  EXPECT_TRUE(proof.known && proof.running && proof.as_written);
  EXPECT_EQ(proof.banner, "");
}

TEST_F(DeskProves, ThePageTellsTheWholeBase) {
  words.dose = "";
  words.schedule = "daily 00:00 4 mg/day; mon-fri 07:00 6 mg/day";
  ASSERT_TRUE(desk.prescribe(words, given(2)));
  ASSERT_TRUE(desk.look());
  EXPECT_THAT(desk.state_page(), AllOf(HasSubstr("\nSchedule    from daily 00:00 0.2 milliliters per day"),
                                       HasSubstr("\nSchedule    from mon-fri 07:00 0.3 milliliters per day")));
  words.schedule = "";
  words.dose = "4 mg/day";
  words.periodic_dose = "0.25 mg";
  words.periodic_duration = "10 min";
  words.periodic_interval = "6 h";
  ASSERT_TRUE(desk.prescribe(words, given(2)));
  ASSERT_TRUE(desk.look());
  EXPECT_THAT(desk.state_page(), HasSubstr("\nPeriodic    12.5 microliters within 10 min beside it, every 6 h"));
}

TEST_F(DeskProves, WhoWroteNothingClaimsNoReadBack) {
  ASSERT_TRUE(desk.prescribe(words, given(1)));
  ASSERT_TRUE(desk.start());
  EXPECT_THAT(desk.prove().text, HasSubstr("read back bit for bit"));
  Desk another(session, journal);
  EXPECT_THAT(another.prove().text, HasSubstr("program revision 1 stands in it, whole by its checksum"));
}

TEST_F(DeskProves, OneBitThatChangedSinceTheWriteIsABanner) {
  ASSERT_TRUE(desk.prescribe(words, given(1)));
  ASSERT_TRUE(desk.start());
  pump.tampers_read_back = [](clients::Program& program) { program.occlusion_trip_pa ^= 1; };
  const auto proof = desk.prove();
  EXPECT_FALSE(proof.as_written);
  EXPECT_THAT(proof.banner, HasSubstr("NOT THE ONE OF THIS SESSION"));
}

TEST_F(DeskProves, AProgramThatSomebodyElseWroteMeanwhileIsABanner) {
  ASSERT_TRUE(desk.prescribe(words, given(1)));
  ASSERT_TRUE(desk.start());
  pump.program.program.basal_rate_nl_per_day = 300'000;
  pump.program.crc = clients::protocol::checksum(pump.program.program);
  EXPECT_THAT(desk.prove().banner, HasSubstr("NOT THE ONE OF THIS SESSION"));
  ASSERT_TRUE(desk.look());  // looking does not make it this session's
  EXPECT_FALSE(desk.prove().as_written);
}

TEST_F(DeskProves, APumpThatDoesNotAnswerIsUnknownNotStopped) {
  ASSERT_TRUE(desk.look());
  pump.plans.assign(20, {Mishap::kLoseRequest});
  const auto proof = desk.prove();
  EXPECT_FALSE(proof.known);
  EXPECT_THAT(proof.banner, HasSubstr("UNKNOWN"));
  EXPECT_THAT(proof.banner, HasSubstr("a magnet held over the pump opens it"));
}

// The link goes down after the write: what stands is told when the pump answers again, whichever it is.
TEST_F(DeskProves, WhatBecameOfAProgramWhoseAnswerWasLostIsToldLater) {
  ASSERT_TRUE(desk.prescribe(words, given(1)));
  words.dose = "5.5 mg/day";
  for (const bool arrives : {true, false}) {
    pump.plans.assign(5, {});  // status, program, log; status once more; the program before the write
    pump.plans.insert(pump.plans.end(), 5, {arrives ? Mishap::kLoseReply : Mishap::kLoseRequest});
    const auto lost = desk.prescribe(words, given(1));
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, ErrorCode::kTimeout);
    pump.plans.clear();
    ASSERT_TRUE(desk.look());
    EXPECT_THAT(journal.entries().back().text, HasSubstr(arrives ? "stands in the pump, bit for bit" : "did not reach the pump"));
    EXPECT_TRUE(desk.prove().as_written);
    words.dose = "6 mg/day";
  }
  EXPECT_EQ(pump.program.program.basal_rate_nl_per_day, 275'000U);
}

TEST_F(DeskProves, AStopIsOneRequestAndOneProof) {
  ASSERT_TRUE(desk.start());
  const std::size_t before = pump.requests.size();
  const auto stopped = desk.stop();
  ASSERT_TRUE(stopped);
  EXPECT_EQ(pump.requests.size() - before, 2U);
  EXPECT_EQ(pump.requests[before].type, MessageType::kStopTherapy);
}

TEST_F(DeskProves, ThePrintedSessionHoldsAllOfIt) {
  ASSERT_TRUE(desk.prescribe(words, given(1)));
  ASSERT_TRUE(desk.start());
  static_cast<void>(desk.prove());
  const std::string text = journal.text();
  for (const char* part :
       {"pump       model PR-20, serial PB-0001", "reviewed     drug", "0.25 milliliters per day", "confirmed  once",
        "written    the program, revision 1: mode continuous basal_rate_nl_per_day 250000", "read back  the program, bit for bit",
        "written    start therapy", "2026-03-02 08:00:00 UTC  proof      Therapy runs: running"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  const auto folder = std::filesystem::path(::testing::TempDir()) / "printed_session";
  std::filesystem::create_directories(folder);
  ASSERT_TRUE(journal.print(folder / "s.txt"));
  ASSERT_TRUE(journal.print(folder / "s.json"));
  std::ifstream in(folder / "s.txt");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), text);
  std::ifstream json(folder / "s.json");
  EXPECT_THAT(std::string(std::istreambuf_iterator<char>(json), {}), HasSubstr("\"rate\": \"0.25 milliliters per day\""));
  const auto nowhere = journal.print(folder / "no" / "such" / "folder.txt");
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().describe(), HasSubstr("folder.txt"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace pumprig::programmer
